extension Rights {
    /// From IPTC's records, bare or among the resources of Photoshop, as JPEG's APP13 has them. Reads as far as it makes sense.
    /// Many write UTF-8 without saying so, so what the records say of their encoding isn't asked.
    package init(iptc bytes: UnsafeRawBufferPointer) {
        self.init()
        var records = bytes
        if bytes.first != Self.recordMark {
            guard let resource = Self.iptcResource(in: bytes) else { return }
            records = resource
        }
        var artists: [String] = []
        var offset = 0
        while offset + 5 <= records.count, records[offset] == Self.recordMark {
            let count = Int(records[offset + 3]) << 8 | Int(records[offset + 4])
            // Of 32 KB and more, with its length in another form: no text of ours.
            guard count < 0x8000, offset + 5 + count <= records.count else { break }
            let value = records[offset + 5..<offset + 5 + count]
            switch (records[offset + 1], records[offset + 2]) {
            case (2, 80): artists.append(String(legacy: value))
            case (2, 116): copyright = copyright ?? Self.text(String(legacy: value))
            default: break
            }
            offset += 5 + count
        }
        artist = Self.joined(artists)
    }

    private static let recordMark: UInt8 = 0x1C

    /// Photoshop's resource 0x0404: `8BIM`, its number, a name with its length in front, a length, bytes; name and bytes even.
    private static func iptcResource(in bytes: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer? {
        let head = Array("Photoshop 3.0\0".utf8)
        var offset = bytes.starts(with: head) ? head.count : 0
        while offset + 12 <= bytes.count, bytes[offset..<offset + 4].elementsEqual("8BIM".utf8) {
            let number = Int(bytes[offset + 4]) << 8 | Int(bytes[offset + 5])
            offset += 6
            offset += (Int(bytes[offset]) + 2) & ~1
            guard offset + 4 <= bytes.count else { return nil }
            let count = bytes[offset..<offset + 4].reduce(0) { $0 << 8 | Int($1) }
            offset += 4
            guard count <= bytes.count - offset else { return nil }
            if number == 0x0404 { return UnsafeRawBufferPointer(rebasing: bytes[offset..<offset + count]) }
            offset += (count + 1) & ~1
        }
        return nil
    }
}
