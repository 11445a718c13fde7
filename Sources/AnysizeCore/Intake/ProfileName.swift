/// The name a colour profile gives itself.
package enum ProfileName {
    /// Reads the description tag of an ICC profile (ICC.1:2022, 9.2.41; the older `desc` type of version 2 as well).
    /// - Returns: at most 100 characters of printable text; nil where there is no readable description.
    package static func read(_ profile: UnsafeRawBufferPointer) -> String? {
        guard profile.count >= 132 else { return nil }
        let tagCount = min(profile.uint32(at: 128) ?? 0, 100)
        for index in 0..<tagCount {
            let entry = 132 + index * 12
            guard let signature = profile.uint32(at: entry), let start = profile.uint32(at: entry + 4),
                let size = profile.uint32(at: entry + 8)
            else { return nil }
            guard signature == fourCC("desc") else { continue }
            guard start <= profile.count, size <= profile.count - start else { return nil }
            return text(of: UnsafeRawBufferPointer(rebasing: profile[start..<(start + size)]))
        }
        return nil
    }

    private static func text(of tag: UnsafeRawBufferPointer) -> String? {
        guard let type = tag.uint32(at: 0) else { return nil }
        if type == fourCC("desc"), let count = tag.uint32(at: 8), count <= tag.count - 12 {
            return printable(String(decoding: tag[12..<(12 + count)], as: UTF8.self))
        }
        // Localised text: a table of records, of which the first will do; UTF-16, big end first.
        guard type == fourCC("mluc"), let count = tag.uint32(at: 20), let start = tag.uint32(at: 24),
            start <= tag.count, count <= tag.count - start
        else { return nil }
        let units = stride(from: start, to: start + count - 1, by: 2).map { UInt16(tag[$0]) << 8 | UInt16(tag[$0 + 1]) }
        return printable(String(decoding: units, as: UTF16.self))
    }

    private static func printable(_ text: String) -> String? {
        let kept = text.unicodeScalars.filter { $0.value >= 32 && $0.value != 127 && $0 != "\u{FFFD}" }.prefix(100)
        let name = String(String.UnicodeScalarView(kept))
        return name.isEmpty ? nil : name
    }

    private static func fourCC(_ text: StaticString) -> Int {
        text.withUTF8Buffer { $0.reduce(0) { $0 << 8 | Int($1) } }
    }
}

extension UnsafeRawBufferPointer {
    /// Four bytes, big end first; nil beyond the end.
    fileprivate func uint32(at offset: Int) -> Int? {
        guard offset >= 0, offset <= count - 4 else { return nil }
        return self[offset..<(offset + 4)].reduce(0) { $0 << 8 | Int($1) }
    }
}
