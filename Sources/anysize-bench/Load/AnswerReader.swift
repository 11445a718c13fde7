#if canImport(Glibc)
    import Glibc
#endif

/// Finds the end of an answer in what a connection receives. Knows `Content-Length` and nothing else: what costs the load's side
/// time is taken from the same cores.
struct AnswerReader {
    private var head: [UInt8] = []
    private(set) var status = 0
    /// Bytes of the body that are still to come.
    private var missing = 0
    private var isInBody = false
    /// Where the body goes that somebody wants to see.
    private var kept: [UInt8]?

    struct Malformed: Error {}

    /// - Parameter keepsBody: else it is only counted.
    init(keepsBody: Bool = false) { kept = keepsBody ? [] : nil }

    var body: [UInt8] { kept ?? [] }
    /// The header as text, once the answer is complete.
    var header: String { String(decoding: head, as: UTF8.self) }

    /// - Returns: whether the answer is complete.
    mutating func take(_ bytes: UnsafeRawBufferPointer) throws -> Bool {
        guard !isInBody else { return takeBody(bytes) }
        let before = head.count
        let end = try takeHead(bytes)
        guard let end else { return false }
        isInBody = true
        return takeBody(UnsafeRawBufferPointer(rebasing: bytes[(end - before)...]))
    }

    private mutating func takeBody(_ bytes: UnsafeRawBufferPointer) -> Bool {
        missing -= bytes.count
        kept?.append(contentsOf: bytes)
        return missing <= 0
    }

    /// - Returns: the count of the header's bytes, once it is complete.
    private mutating func takeHead(_ bytes: UnsafeRawBufferPointer) throws -> Int? {
        let start = max(0, head.count - 3)
        head.append(contentsOf: bytes)
        guard let count = emptyLine(from: start) else {
            if head.count > 65_536 { throw Malformed() }
            return nil
        }
        head.removeLast(head.count - count)
        try parse()
        return count
    }

    /// Where the empty line ends that ends the header.
    private func emptyLine(from start: Int) -> Int? {
        head.withUnsafeBufferPointer { head in
            var offset = start + 3
            while offset < head.count {
                // Most bytes are neither, so most are passed over by fours.
                if head[offset] != 10 && head[offset] != 13 { offset += 4; continue }
                if head[offset] == 10, head[offset - 1] == 13, head[offset - 2] == 10, head[offset - 3] == 13 {
                    return offset + 1
                }
                offset += 1
            }
            return nil
        }
    }

    private mutating func parse() throws {
        guard head.count > 12, let status = Int(String(decoding: head[9..<12], as: UTF8.self)) else {
            throw Malformed()
        }
        self.status = status
        missing = status == 304 || status == 204 ? 0 : try contentLength()
    }

    private func contentLength() throws -> Int {
        let name = "\r\ncontent-length:"
        let found = head.withUnsafeBufferPointer { head in
            head.baseAddress!.withMemoryRebound(to: CChar.self, capacity: head.count) { start -> Int? in
                // The header ends with an empty line, so something follows each name.
                for offset in 0..<max(0, head.count - name.utf8.count) where start[offset] == 13 {
                    if strncasecmp(start + offset, name, name.utf8.count) == 0 { return offset + name.utf8.count }
                }
                return nil
            }
        }
        guard let found else { throw Malformed() }
        let digits = head[found...].drop { $0 == 32 }.prefix { (48...57).contains($0) }
        guard let length = Int(String(decoding: digits, as: UTF8.self)) else { throw Malformed() }
        return length
    }
}
