import AnysizeCore

/// A HEIF file with nothing but headers, made to order.
struct HEIFSample {
    struct Item {
        var id: Int
        var type: String
        var properties: [[UInt8]] = []
        var data: [UInt8] = []
    }

    struct Reference {
        var type: String
        var from: Int
        var to: [Int]
    }

    var brands = ["avif", "mif1"]
    var items: [Item] = []
    var references: [Reference] = []

    static func box(_ type: String, _ content: [UInt8]) -> [UInt8] {
        big(content.count + 8, 4) + Array(type.utf8) + content
    }

    static func fullBox(_ type: String, version: UInt8 = 0, flags: Int = 0, _ content: [UInt8]) -> [UInt8] {
        box(type, [version] + big(flags, 3) + content)
    }

    static func size(_ width: Int, _ height: Int) -> [UInt8] {
        fullBox("ispe", big(width, 4) + big(height, 4))
    }

    static func rotation(_ quarterTurns: UInt8) -> [UInt8] { box("irot", [quarterTurns]) }

    /// Primaries and curve in the numbers of ITU-T H.273.
    static func colours(_ primaries: Int, _ transfer: Int) -> [UInt8] {
        box("colr", Array("nclx".utf8) + big(primaries, 2) + big(transfer, 2) + big(6, 2) + [0x80])
    }

    static let av1Configuration = box("av1C", [0x81, 0, 0, 0])

    static let alpha = fullBox("auxC", Array("urn:mpeg:mpegB:cicp:systems:auxiliary:alpha\0".utf8))

    /// A sequence header that says this size, and a frame.
    static func av1(_ width: Int, _ height: Int, frameCount: Int = 1) -> [UInt8] {
        var bits = BitSample()
        bits.add(0b000_1_1, 5)
        bits.add(0, 5)
        bits.add(15, 4)
        bits.add(15, 4)
        bits.add(width - 1, 16)
        bits.add(height - 1, 16)
        return [0x0A, UInt8(bits.bytes.count)] + bits.bytes + (0..<frameCount).flatMap { _ in [0x32, 1, 0] as [UInt8] }
    }

    /// A decoder configuration whose sequence parameter set says this size.
    static func hevcConfiguration(_ width: Int, _ height: Int) -> [UInt8] {
        let unit = hevcSequence(width, height)
        return box("hvcC", [UInt8](repeating: 0, count: 21) + [3, 1, 0x21] + big(1, 2) + big(unit.count, 2) + unit)
    }

    static func hevcSequence(_ width: Int, _ height: Int) -> [UInt8] {
        var bits = BitSample()
        bits.add(0, 8)
        bits.add(0, 96)
        bits.addGolomb(0)
        bits.addGolomb(1)
        bits.addGolomb(width)
        bits.addGolomb(height)
        bits.add(1, 1)
        var escaped: [UInt8] = []
        for byte in bits.bytes {
            if escaped.suffix(2) == [0, 0], byte <= 3 { escaped.append(3) }
            escaped.append(byte)
        }
        return [33 << 1, 1] + escaped
    }

    /// One slice that begins a picture, with its length before it.
    static let hevcSlice: [UInt8] = big(4, 4) + [20 << 1, 1, 0x80, 0]

    func bytes() -> [UInt8] {
        let meta = meta(dataOffset: 0)
        let type = Self.box("ftyp", Array(brands[0].utf8) + big(0, 4) + brands.flatMap { Array($0.utf8) })
        let offset = type.count + meta.count + 8
        return type + self.meta(dataOffset: offset) + Self.box("mdat", items.flatMap(\.data))
    }

    private func meta(dataOffset: Int) -> [UInt8] {
        let entries = items.flatMap {
            Self.fullBox("infe", version: 2, big($0.id, 2) + big(0, 2) + Array($0.type.utf8) + [0])
        }
        let links = references.flatMap { reference in
            Self.box(
                reference.type,
                big(reference.from, 2) + big(reference.to.count, 2) + reference.to.flatMap { big($0, 2) }
            )
        }
        return Self.fullBox(
            "meta",
            Self.fullBox("pitm", big(items.first?.id ?? 0, 2)) + places(dataOffset)
                + Self.fullBox("iinf", big(items.count, 2) + entries) + Self.fullBox("iref", links) + properties()
        )
    }

    private func places(_ dataOffset: Int) -> [UInt8] {
        var offset = dataOffset
        var content: [UInt8] = []
        for item in items {
            content += big(item.id, 2) + big(0, 2) + big(1, 2) + big(offset, 4) + big(item.data.count, 4)
            offset += item.data.count
        }
        return Self.fullBox("iloc", [0x44, 0x00] + big(items.count, 2) + content)
    }

    private func properties() -> [UInt8] {
        var container: [UInt8] = []
        var number = 0
        var associations: [UInt8] = []
        for item in items {
            associations += big(item.id, 2) + [UInt8(item.properties.count)]
            for property in item.properties {
                container += property
                number += 1
                associations += big(number, 2)
            }
        }
        let map = Self.fullBox("ipma", flags: 1, big(items.count, 4) + associations)
        return Self.box("iprp", Self.box("ipco", container) + map)
    }
}

extension HEIFSample {
    /// A picture in one piece.
    static func still(_ width: Int = 8, _ height: Int = 8, properties: [[UInt8]] = []) -> HEIFSample {
        let picture = Item(
            id: 1, type: "av01", properties: [size(width, height), av1Configuration] + properties,
            data: av1(width, height)
        )
        return HEIFSample(items: [picture])
    }

    /// A row of tiles of 64 x 64.
    static func row(tileCount: Int, width: Int? = nil) -> HEIFSample {
        let width = width ?? 64 * tileCount
        let grid = Item(
            id: 1, type: "grid", properties: [size(width, 64)],
            data: [0, 0, 0, UInt8(tileCount - 1)] + big(width, 2) + big(64, 2)
        )
        let tiles = (0..<tileCount).map {
            Item(id: 2 + $0, type: "av01", properties: [size(64, 64), av1Configuration], data: av1(64, 64))
        }
        let link = Reference(type: "dimg", from: 1, to: tiles.map(\.id))
        return HEIFSample(items: [grid] + tiles, references: [link])
    }

    /// The same with another item that is the alpha plane of one of these.
    func withAlpha(of id: Int) -> HEIFSample {
        var copy = self
        copy.items.append(
            Item(
                id: 1_000, type: "av01", properties: [Self.size(64, 64), Self.av1Configuration, Self.alpha],
                data: Self.av1(64, 64)
            )
        )
        copy.references.append(Reference(type: "auxl", from: 1_000, to: [id]))
        return copy
    }

    static func heic(_ width: Int = 64, _ height: Int = 64, codedWidth: Int? = nil) -> HEIFSample {
        let picture = Item(
            id: 1, type: "hvc1",
            properties: [size(width, height), hevcConfiguration(codedWidth ?? width, height)],
            data: hevcSlice
        )
        return HEIFSample(brands: ["heic", "mif1"], items: [picture])
    }
}
