/// The `meta` box of a HEIF file, opened: the boxes inside it that a header needs, in whatever order they came.
///
/// Its questions are answered by walking those boxes again, for some items at once; nothing is built whose size the
/// file chooses, but for lists of boxes, and of those there are at most `HEIFBoxes.countMax`.
package struct HEIFMeta {
    private var boxes: HEIFBoxes
    private var children: [FourCC: HEIFBox] = [:]
    private var references: [Reference] = []
    private var properties: [HEIFBox] = []

    /// The item that the file is to be shown as.
    package private(set) var primaryID: UInt64 = 0

    /// - Parameter boxes: the count so far, which goes on here.
    package init(_ meta: HEIFBox, boxes: HEIFBoxes) throws(HeaderError) {
        var meta = meta
        self.boxes = boxes
        _ = try meta.readVersion()
        while let box = try self.boxes.next(in: &meta.content) {
            // Boxes of other kinds may be repeated (`free`, `uuid`) and don't matter here.
            guard Self.known.contains(box.type) else { continue }
            guard children.updateValue(box, forKey: box.type) == nil else { throw .malformed(.heifBox) }
        }
        try readPrimaryID()
        try readReferences()
        try readProperties()
    }

    private static let known: Set<FourCC> = [
        FourCC("pitm"), FourCC("iinf"), FourCC("iref"), FourCC("iprp"), FourCC("iloc"), FourCC("idat"),
    ]

    private struct Reference {
        var type: FourCC
        var from: UInt64
        var to: ByteReader
        var idByteCount: Int
        var count: Int
    }

    private mutating func readPrimaryID() throws(HeaderError) {
        guard var box = children[FourCC("pitm")] else { throw .malformed(.heifItem) }
        let (version, _) = try box.readVersion()
        primaryID = try box.content.big(version == 0 ? 2 : 4)
    }

    private mutating func readReferences() throws(HeaderError) {
        guard var box = children[FourCC("iref")] else { return }
        let (version, _) = try box.readVersion()
        let idByteCount = version == 0 ? 2 : 4
        while var entry = try boxes.next(in: &box.content) {
            let from = try entry.content.big(idByteCount)
            let count = try entry.content.big16()
            guard entry.content.remaining >= count * idByteCount else { throw .malformed(.heifBox) }
            references.append(
                Reference(type: entry.type, from: from, to: entry.content, idByteCount: idByteCount, count: count)
            )
        }
    }

    private mutating func readProperties() throws(HeaderError) {
        guard var box = children[FourCC("iprp")] else { throw .malformed(.heifItem) }
        while let inner = try boxes.next(in: &box.content) {
            guard inner.type == FourCC("ipco") else { continue }
            guard properties.isEmpty else { throw .malformed(.heifBox) }
            var container = inner.content
            while let property = try boxes.next(in: &container) {
                properties.append(property)
            }
        }
    }
}

// MARK: - Questions

extension HEIFMeta {
    /// How many items are made from this one's references of a type; `dimg` ones are a grid's tiles.
    package func referenceCount(_ type: FourCC, from id: UInt64) -> Int {
        references.lazy.filter { $0.type == type && $0.from == id }.reduce(0) { $0.plusSaturating($1.count) }
    }

    /// The items that an item refers to. Ask for their count first: this makes a list of them.
    package func references(_ type: FourCC, from id: UInt64) throws(HeaderError) -> [UInt64] {
        var result: [UInt64] = []
        for var reference in references where reference.type == type && reference.from == id {
            for _ in 0..<reference.count {
                result.append(try reference.to.big(reference.idByteCount))
            }
        }
        return result
    }

    /// The items that name one of these as what they belong to, once each.
    package func referrers(_ type: FourCC, toAnyOf ids: Set<UInt64>) throws(HeaderError) -> Set<UInt64> {
        var result: Set<UInt64> = []
        var targetCount = 0
        for var reference in references where reference.type == type {
            targetCount += reference.count
            guard targetCount <= HEIFBoxes.countMax else { throw .malformed(.heifItem) }
            for _ in 0..<reference.count where ids.contains(try reference.to.big(reference.idByteCount)) {
                result.insert(reference.from)
            }
        }
        return result
    }

    /// Calls back with the number and type of every item of the file.
    package mutating func forEachItem(_ body: (UInt64, FourCC) -> Void) throws(HeaderError) {
        guard var box = children[FourCC("iinf")] else { throw .malformed(.heifItem) }
        let (version, _) = try box.readVersion()
        try box.content.skip(version == 0 ? 2 : 4)  // a count; the boxes themselves tell
        while var entry = try boxes.next(in: &box.content) {
            guard entry.type == FourCC("infe") else { continue }
            let (version, _) = try entry.readVersion()
            guard version >= 2 else { continue }  // older entries have no type and can't be pictures
            let id = try entry.content.big(version == 2 ? 2 : 4)
            try entry.content.skip(2)  // protection
            body(id, try entry.content.fourCC())
        }
    }

    /// The properties of each of these items, in the order in which the decoder applies them.
    package mutating func properties(of items: Set<UInt64>) throws(HeaderError) -> [UInt64: [HEIFBox]] {
        guard var box = children[FourCC("iprp")] else { throw .malformed(.heifItem) }
        var result: [UInt64: [HEIFBox]] = [:]
        while var inner = try boxes.next(in: &box.content) {
            guard inner.type == FourCC("ipma") else { continue }
            let (version, flags) = try inner.readVersion()
            let count = try inner.content.big32()
            guard count <= HEIFBoxes.countMax else { throw .malformed(.heifItem) }
            for _ in 0..<count {
                let id = try inner.content.big(version == 0 ? 2 : 4)
                let count = Int(try inner.content.byte())
                guard items.contains(id) else {
                    try inner.content.skip(flags & 1 == 0 ? count : 2 * count)
                    continue
                }
                guard result[id] == nil else { throw .malformed(.heifProperty) }
                result[id] = try associations(count, isWide: flags & 1 == 1, &inner.content)
            }
        }
        return result
    }

    private func associations(
        _ count: Int,
        isWide: Bool,
        _ content: inout ByteReader
    ) throws(HeaderError) -> [HEIFBox] {
        var result: [HEIFBox] = []
        for _ in 0..<count {
            // The highest bit says that the property is essential; number 0 says that there is none.
            let number = isWide ? try content.big16() & 0x7FFF : Int(try content.byte()) & 0x7F
            guard number > 0 else { continue }
            guard number <= properties.count else { throw .malformed(.heifItem) }
            result.append(properties[number - 1])
        }
        return result
    }

    /// Calls back with the place of every item of the file, of which there can't be more than boxes.
    package func forEachLocation(_ body: (UInt64, HEIFLocation) throws(HeaderError) -> Void) throws(HeaderError) {
        guard var box = children[FourCC("iloc")] else { throw .malformed(.heifItem) }
        let (version, _) = try box.readVersion()
        let sizes = try box.content.big16()
        let form = HEIFLocation.Form(version: version, sizes: sizes)
        let count = try box.content.big(version < 2 ? 2 : 4)
        guard count <= HEIFBoxes.countMax else { throw .malformed(.heifItem) }
        for _ in 0..<count {
            let id = try box.content.big(version < 2 ? 2 : 4)
            try body(id, try HEIFLocation(&box.content, form))
        }
    }

    /// The content of the `idat` box, for items that have their bytes there.
    package var data: ByteReader? { children[FourCC("idat")]?.content }

    /// The bytes of colour profiles.
    package var profileByteCount: Int {
        properties.reduce(0) { $0 + ($1.type == FourCC("colr") ? $1.content.count : 0) }
    }
}
