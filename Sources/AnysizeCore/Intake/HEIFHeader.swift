/// Reads the header of an AVIF or HEIC (ISO/IEC 23008-12; AV1 Image File Format) from its `meta` box.
///
/// What counts is the primary item, its tiles if it is a grid, and its alpha plane with those of its own. Other
/// pictures in the file (thumbnails, depth and gain maps) are never decoded. Of other ways to put a picture together
/// (overlays, grids of grids) none is read: nobody uses them, and they multiply.
package enum HEIFHeader {
    package static func read(
        _ bytes: UnsafeRawBufferPointer,
        as format: ImageFormat,
        limits: HeaderLimits
    ) throws(HeaderError) -> ImageHeader {
        var boxes = HEIFBoxes()
        guard let meta = try metaBox(of: bytes, &boxes) else { throw .truncated }
        var walk = HEIFWalk(
            meta: try HEIFMeta(meta, boxes: boxes),
            file: bytes,
            format: format,
            limits: limits
        )
        return try walk.header()
    }

    private static func metaBox(
        of bytes: UnsafeRawBufferPointer,
        _ boxes: inout HEIFBoxes
    ) throws(HeaderError) -> HEIFBox? {
        var file = ByteReader(bytes)
        while let box = try boxes.next(in: &file, isFile: true) {
            if box.type == FourCC("meta") { return box }
        }
        return nil
    }
}

private struct HEIFWalk {
    var meta: HEIFMeta
    let file: UnsafeRawBufferPointer
    let format: ImageFormat
    let limits: HeaderLimits
    private var kinds: [UInt64: FourCC] = [:]
    private var properties: [UInt64: [HEIFBox]] = [:]
    private var locations: [UInt64: HEIFLocation] = [:]
    private var metadataByteCount = 0

    init(meta: HEIFMeta, file: UnsafeRawBufferPointer, format: ImageFormat, limits: HeaderLimits) {
        self.meta = meta
        self.file = file
        self.format = format
        self.limits = limits
    }

    mutating func header() throws(HeaderError) -> ImageHeader {
        let primary = meta.primaryID
        var tiles = [primary: try self.tiles(of: primary)]
        let auxiliaries = try auxiliaries(of: Set([primary] + tiles[primary, default: []]))
        for id in auxiliaries {
            tiles[id] = try self.tiles(of: id)
        }
        let needed = tiles.reduce(into: Set<UInt64>()) { $0.formUnion([$1.key] + $1.value) }
        properties = try meta.properties(of: needed)
        try readKinds()
        try readLocations(needed)

        let picture = try self.picture(primary, tiles: tiles[primary] ?? [])
        var header = ImageHeader(format: format, byteCount: file.count, width: picture.width, height: picture.height)
        header.hasAlpha = false
        header.bitDepth = picture.bitDepth
        header.tileCount = picture.tileCount
        header.colours = picture.colours
        for id in auxiliaries where isAlpha(id) {
            header.hasAlpha = true
            header.channelCount = 4
            header.tileCount += try self.picture(id, tiles: tiles[id] ?? []).tileCount
        }
        header.metadataByteCount = metadataByteCount
        return header
    }

    /// The items that add something to one of these: alpha, depth, gain maps, mattes. A grid may have its alpha as a
    /// whole or tile by tile.
    private func auxiliaries(of ids: Set<UInt64>) throws(HeaderError) -> [UInt64] {
        let result = try meta.referrers(FourCC("auxl"), toAnyOf: ids)
        // Phones write up to eight or so for a picture; tiles have their alpha and nothing else.
        guard result.count <= limits.heifTileCountMax + 32 else { throw .malformed(.heifItem) }
        return result.sorted()
    }

    private func tiles(of id: UInt64) throws(HeaderError) -> [UInt64] {
        try limits.check(.heifTileCount, meta.referenceCount(FourCC("dimg"), from: id))
        return try meta.references(FourCC("dimg"), from: id)
    }

    /// Notes the type of every item; those of EXIF and XMP are wanted for `readLocations`.
    private mutating func readKinds() throws(HeaderError) {
        var kinds: [UInt64: FourCC] = [:]
        try meta.forEachItem { kinds[$0] = $1 }
        self.kinds = kinds
    }

    private mutating func readLocations(_ needed: Set<UInt64>) throws(HeaderError) {
        var locations: [UInt64: HEIFLocation] = [:]
        var metadataByteCount = meta.profileByteCount
        try meta.forEachLocation { (id, location) throws(HeaderError) in
            if needed.contains(id) {
                guard locations.updateValue(location, forKey: id) == nil else { throw .malformed(.heifItem) }
            }
            if let kind = kinds[id], kind == FourCC("Exif") || kind == FourCC("mime") {
                metadataByteCount = metadataByteCount.plusSaturating(location.byteCount)
            }
        }
        self.locations = locations
        self.metadataByteCount = metadataByteCount
    }

    private func isAlpha(_ id: UInt64) -> Bool {
        properties[id]?.contains { HEIFProperties.isAlpha($0) } ?? false
    }
}

// MARK: - Pictures

extension HEIFWalk {
    private struct Picture {
        var width: Int
        var height: Int
        var bitDepth: Int?
        var colours: ColourCoding?
        var tileCount: Int
    }

    /// Checks an item that will be decoded, and all that it is made of.
    private func picture(_ id: UInt64, tiles: [UInt64]) throws(HeaderError) -> Picture {
        let own = try properties(of: id)
        let kind = try kind(of: id)
        guard kind == FourCC("grid") else {
            try checkCoded(id)
            return Picture(
                width: own.width, height: own.height, bitDepth: own.bitDepth, colours: own.colours, tileCount: 0)
        }
        let grid = try HEIFGrid(try descriptor(of: id))
        try limits.checkSize(grid.width, grid.height)
        try limits.check(.heifTileCount, grid.tileCount)
        guard grid.tileCount == tiles.count, grid.width == own.codedWidth, grid.height == own.codedHeight else {
            throw .malformed(.heifGrid)
        }
        var bitDepth: Int?
        var colours = own.colours
        for (index, tile) in tiles.enumerated() {
            try checkCoded(tile)
            let tile = try properties(of: tile)
            guard grid.isCovered(byTilesOf: tile.codedWidth, tile.codedHeight) else { throw .malformed(.heifGrid) }
            bitDepth = tile.bitDepth
            if index == 0, !own.hasColours { colours = tile.colours }
        }
        return Picture(
            width: own.width, height: own.height, bitDepth: bitDepth, colours: colours, tileCount: tiles.count)
    }

    private func properties(of id: UInt64) throws(HeaderError) -> HEIFProperties {
        guard let boxes = properties[id] else { throw .malformed(.heifItem) }
        return try HEIFProperties(boxes, limits: limits)
    }

    private func kind(of id: UInt64) throws(HeaderError) -> FourCC {
        guard let kind = kinds[id] else { throw .malformed(.heifItem) }
        return kind
    }

    /// Checks that an item is coded the way its file's brand promised, is as large as it says, and is there.
    private func checkCoded(_ id: UInt64) throws(HeaderError) {
        let kind = try kind(of: id)
        let size = try properties(of: id)
        var coding = HEIFCoding(width: size.codedWidth, height: size.codedHeight)
        switch (format, kind) {
        case (.avif, FourCC("av01")):
            try coding.checkAV1Configuration(try property(FourCC("av1C"), of: id).content)
            for piece in try pieces(of: id, pastEnd: .malformed(.heifCodedSize)) {
                try coding.checkAV1(piece)
            }
        case (.heic, FourCC("hvc1")), (.heic, FourCC("hev1")):
            let configuration = try property(FourCC("hvcC"), of: id).content
            let lengthByteCount = try coding.checkHEVCConfiguration(configuration)
            for piece in try pieces(of: id, pastEnd: .malformed(.heifCodedSize)) {
                try coding.checkHEVC(piece, lengthByteCount: lengthByteCount)
            }
        default:
            throw .malformed(.heifCoding)
        }
    }

    private func property(_ type: FourCC, of id: UInt64) throws(HeaderError) -> HEIFBox {
        guard let box = properties[id]?.first(where: { $0.type == type }) else { throw .malformed(.heifItem) }
        return box
    }

    /// The bytes that describe a picture made from others.
    private func descriptor(of id: UInt64) throws(HeaderError) -> ByteReader {
        guard let piece = try pieces(of: id, pastEnd: .malformed(.heifGrid)).first else { throw .malformed(.heifItem) }
        return piece
    }

    /// An item's bytes, in as many pieces as the file has them in.
    private func pieces(of id: UInt64, pastEnd: HeaderError) throws(HeaderError) -> [ByteReader] {
        guard let location = locations[id], !location.extents.isEmpty else { throw .malformed(.heifItem) }
        var result: [ByteReader] = []
        for extent in location.extents {
            var reader = try base(of: location)
            try reader.skip(extent.offset)
            let length = extent.length > 0 ? extent.length : reader.remaining
            result.append(try reader.take(length, pastEnd: pastEnd))
        }
        return result
    }

    private func base(of location: HEIFLocation) throws(HeaderError) -> ByteReader {
        switch location.base {
        case .file:
            return ByteReader(file)
        case .data:
            guard let data = meta.data else { throw .malformed(.heifItem) }
            return data
        case .unsupported:
            throw .malformed(.heifCoding)
        }
    }
}
