import AnysizeServer
import AnysizeTesting
import NIOCore
import Testing

@Suite struct MultipartReaderTests {
    // MARK: - What is read

    @Test func `A form with a field and a file is read part by part`() throws {
        let body = """
            --xyz\r
            Content-Disposition: form-data; name="title"\r
            \r
            A cat\r
            --xyz\r
            Content-Disposition: form-data; name="file"; filename="cat.jpg"\r
            Content-Type: image/jpeg\r
            \r
            \u{1}\r\n\u{2}\r
            --xyz--\r

            """
        try check(
            body,
            is: [Part(name: "title", data: "A cat"), Part("file", "cat.jpg", "image/jpeg", data: "\u{1}\r\n\u{2}")]
        )
    }

    @Test func `A form without parts is finished at once`() throws {
        try check("--xyz--\r\n", is: [])
    }

    @Test func `Remarks before and after the parts are ignored`() throws {
        try check("Hello --xyz\r\n--xyz\r\n\r\n1\r\n--xyz--\r\nBye\r\n--xyz\r\n", is: [Part(data: "1")])
    }

    @Test func `A part may have no data, no headers and no body at all`() throws {
        try check("--xyz\r\nA: b\r\n\r\n\r\n--xyz--", is: [Part(data: "")])
        try check("--xyz\r\nA: b\r\n\r\n--xyz--", is: [Part(data: "")])
        try check("--xyz\r\n\r\n\r\n--xyz--", is: [Part(data: "")])
        try check("--xyz\r\n\r\n--xyz--", is: [Part(data: "")])
        try check("--xyz\r\n\r\n--xyz\r\n\r\n--xyz--", is: [Part(data: ""), Part(data: "")])
    }

    @Test(
        arguments: [
            "\r\n--xy", "\r\n--xyy", "\r\n-xyz", "\n--xyz\n", "\r--xyz\r\n", "\r\n--xyzz\r\n", "\r\n--xyz-",
            "\r\n--xyz-\r\n", "\r\n--xyz x\r\n", "\r\n--xyz\n", "\r\n--xyz\r", "\r\n--xyz\r\r\n", "\r\n--XYZ\r\n", "\r",
            "\r\n", "\r\n--", "\r\n\r\n--xy\r\n--xy", "\r\r\r\n\n\n",
            "\r\n--xyz" + String(repeating: " ", count: 17) + "\r\n",
        ]
    )
    func `Data that looks like a delimiter is data`(text: String) throws {
        try check("--xyz\r\n\r\n\(text)\r\n--xyz--", is: [Part(data: text)])
        try check("--xyz\r\n\r\na\(text)b\r\n--xyz--", is: [Part(data: "a\(text)b")])
    }

    @Test func `A form in a part is just data, even with a boundary that begins like the outer one`() throws {
        let inner = "--xyzzy\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n--xyzzy--\r\n"
        try check("--xyz\r\n\r\n\(inner)\r\n--xyz--", is: [Part(data: inner)])
    }

    @Test func `Blanks after a boundary are passed over`() throws {
        try check("--xyz \t \r\n\r\n1\r\n--xyz\t\r\n\r\n2\r\n--xyz-- \r\n", is: [Part(data: "1"), Part(data: "2")])
    }

    @Test func `A boundary may contain all that the grammar allows`() throws {
        let boundary = "0'()+_,-./:=? z"
        let events = try events(of: ["--\(boundary)\r\n\r\n1\r\n--\(boundary)--"], boundary: boundary)
        #expect(events == [.partBegan(name: nil, fileName: nil, contentType: nil), .data("1"), .partEnded, .finished])
    }

    // MARK: - Headers

    @Test(
        arguments: [
            HeaderCase("form-data; name=\"a\"", name: "a"),
            HeaderCase("form-data; name=a; filename=b", name: "a", fileName: "b"),
            HeaderCase("FORM-DATA;NAME=\"a\";FileName=\"b c\" ", name: "a", fileName: "b c"),
            HeaderCase("form-data; name=\"\"", name: ""),
            HeaderCase("form-data", name: nil),
            HeaderCase("form-data; name=\"a\";", name: "a"),
            HeaderCase("form-data; name=\"say %22hi%22\"", name: "say \"hi\""),
            HeaderCase("form-data; name=\"say \\\"hi\\\"\"", name: "say \"hi\""),
            HeaderCase("form-data; name=\"a;b=c\"; filename=\"d;e\"", name: "a;b=c", fileName: "d;e"),
            HeaderCase("form-data; name=\"100%\"; filename=\"a%0D%0Ab%2\"", name: "100%", fileName: "a%0D%0Ab%2"),
            HeaderCase("form-data; name=f; filename=\"C:\\dir\\\\x.png\"", name: "f", fileName: "C:\\dir\\x.png"),
            HeaderCase("form-data; name=f; filename=\"../../etc/passwd\"", name: "f", fileName: "../../etc/passwd"),
            HeaderCase("form-data; name=f; filename=\"naïve 猫.png\"", name: "f", fileName: "naïve 猫.png"),
            HeaderCase("form-data; name=f; filename*=UTF-8''x; filename=y", name: "f", fileName: "y"),
            HeaderCase("form-data; name=f; filename*=UTF-8''x", name: "f"),
        ]
    )
    func `Names are read from the disposition`(of case: HeaderCase) throws {
        let body = "--xyz\r\nContent-Disposition: \(`case`.disposition)\r\n\r\n\r\n--xyz--"
        try check(body, is: [Part(`case`.name, `case`.fileName, data: "")])
    }

    @Test(
        arguments: [
            "Content-Disposition: attachment; name=a", "Content-Disposition: form-data; name=\"a",
            "Content-Disposition: form-data; name=", "Content-Disposition: form-data; name=a b",
            "Content-Disposition: form-data name=a", "Content-Disposition:",
            "Content-Disposition: form-data; name=a; name=b", "Content-Disposition: form-data; filename=a; filename=b",
            "Content-Disposition: form-data\r\ncontent-disposition: form-data",
            "Content-Type: a/b\r\nContent-Type: c/d",
            "no colon", ": no name", "bad name: a", " folded: a", "A: b\r\n folded", "A: b\nC: d", "A: b\rC: d",
            "A: \u{0}", "A: \u{7F}", "--xyz--",
        ]
    )
    func `Headers that two readers might read differently are refused`(block: String) throws {
        for chunks in [[Self.body(withHeaders: block)], Self.body(withHeaders: block).map(String.init)] {
            let error = #expect(throws: MultipartError.self) { try events(of: chunks) }
            guard case .malformed = error else {
                Issue.record("\(String(describing: error))")
                return
            }
        }
    }

    @Test func `Headers that nobody asks for are passed over`() throws {
        try check(
            Self.body(withHeaders: "X-Any: \u{e9}; \"\r\nContent-Transfer-Encoding: binary"), is: [Part(data: "")])
    }

    // MARK: - Limits

    @Test func `As many parts as allowed are read and one more is refused`() throws {
        let part = "--xyz\r\n\r\n1\r\n"
        let allowed = Array(repeating: Part(data: "1"), count: MultipartReader.partCountMax)
        try check(String(repeating: part, count: MultipartReader.partCountMax) + "--xyz--", is: allowed)
        #expect(throws: MultipartError.tooManyParts) {
            try events(of: [String(repeating: part, count: 10_000) + "--xyz--"])
        }
    }

    @Test func `A header without an end is refused at its limit however much follows`() throws {
        var reader = try MultipartReader(boundary: "xyz")
        reader.append(ByteBuffer(string: "--xyz\r\n"))
        #expect(try reader.next() == nil)
        let chunk = ByteBuffer(string: String(repeating: "a", count: 1_024))
        var chunkCount = 0
        #expect(throws: MultipartError.headerTooLarge) {
            while chunkCount < 1_048_576 {
                chunkCount += 1
                reader.append(chunk)
                _ = try reader.next()
            }
        }
        #expect(chunkCount == 9)
    }

    @Test(arguments: [-1, 0, 1])
    func `The limit of a header block is the same however it arrives`(excess: Int) {
        // The line end before the block counts as well.
        let value = String(repeating: "v", count: MultipartReader.headerByteCountMax - 5 + excess)
        let body = "--xyz\r\nA: \(value)\r\n\r\n\r\n--xyz--"
        for chunkByteCount in [1, 7, 1_000, body.utf8.count] {
            if excess > 0 {
                #expect(throws: MultipartError.headerTooLarge) { try events(of: chunks(body, of: chunkByteCount)) }
            } else {
                #expect(throws: Never.self) { try events(of: chunks(body, of: chunkByteCount)) }
            }
        }
    }

    @Test(arguments: [0, 1])
    func `The limit of the preamble is the same however it arrives`(excess: Int) {
        let preamble = String(repeating: "p", count: MultipartReader.preambleByteCountMax + excess)
        let body = "\(preamble)\r\n--xyz--"
        for chunkByteCount in [1, 7, 1_000, body.utf8.count] {
            if excess > 0 {
                #expect(throws: MultipartError.self) { try events(of: chunks(body, of: chunkByteCount)) }
            } else {
                #expect(throws: Never.self) { try events(of: chunks(body, of: chunkByteCount)) }
            }
        }
    }

    // MARK: - Endings

    @Test func `A body that ends anywhere before the closing delimiter is truncated`() throws {
        let body = "--xyz\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nsome data\r\n--xyz--"
        for length in 0..<body.utf8.count {
            #expect(throws: MultipartError.truncated) { try events(of: [String(body.prefix(utf8Count: length))]) }
        }
        #expect(throws: Never.self) { try events(of: [body]) }
    }

    @Test func `An empty body is truncated`() {
        #expect(throws: MultipartError.truncated) { try events(of: [] as [ByteBuffer]) }
        #expect(throws: MultipartError.truncated) { try events(of: [""]) }
    }

    @Test func `An error is thrown again and nothing more is read`() throws {
        var reader = try MultipartReader(boundary: "xyz")
        reader.append(ByteBuffer(string: "--xyz\r\nno colon\r\n\r\n"))
        let first = #expect(throws: MultipartError.self) { try reader.next() }
        reader.append(ByteBuffer(string: "--xyz--"))
        let second = #expect(throws: MultipartError.self) { try reader.next() }
        let third = #expect(throws: MultipartError.self) { try reader.end() }
        #expect(first == second)
        #expect(first == third)
    }

    // MARK: - Chunks

    @Test func `Two chunks are read like one, wherever they are split`() throws {
        let whole = try joined(events(of: [Self.difficultBody]))
        let bytes = Array(Self.difficultBody.utf8)
        for split in 0...bytes.count {
            let events = try events(of: [ByteBuffer(bytes: bytes[..<split]), ByteBuffer(bytes: bytes[split...])])
            #expect(joined(events) == whole, "split at \(split)")
        }
    }

    @Test(arguments: 1...30 as ClosedRange<UInt64>)
    func `Any split into chunks gives the same events`(seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        let whole = try joined(events(of: [Self.difficultBody]))
        var rest = Array(Self.difficultBody.utf8)[...]
        var chunks: [ByteBuffer] = []
        let chunkByteCountMax = Int.random(in: 1...60, using: &random)
        while !rest.isEmpty {
            let byteCount = min(rest.count, Int.random(in: 0...chunkByteCountMax, using: &random))
            // Somewhere within a larger buffer, as chunks off the network are.
            var chunk = ByteBuffer(bytes: [0, 1, 2] + rest.prefix(byteCount))
            chunk.moveReaderIndex(forwardBy: 3)
            chunks.append(chunk)
            rest = rest.dropFirst(byteCount)
        }
        #expect(try joined(events(of: chunks)) == whole)
    }

    @Test func `Taking events only after the last chunk gives the same events`() throws {
        var reader = try MultipartReader(boundary: "xyz")
        for byte in Self.difficultBody.utf8 { reader.append(ByteBuffer(bytes: [byte])) }
        var events: [MultipartReader.Event] = []
        while let event = try reader.next() { events.append(event) }
        try reader.end()
        #expect(try joined(events) == joined(self.events(of: [Self.difficultBody])))
    }

    @Test(arguments: 1...20 as ClosedRange<UInt64>)
    func `Random bytes around pieces of delimiters come out as they went in`(seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        let pieces = ["\r", "\n", "-", "--", "\r\n", "\r\n--", "\r\n--xy", "\r\n--xyz", "xyz", "--xyz", "a", " "]
        var data: [UInt8] = []
        for _ in 0..<150 {
            let longer = data + Array((pieces.randomElement(using: &random) ?? "").utf8)
            // A delimiter that comes about by chance would rightly end the part.
            if !Self.isDelimiterAnywhere(in: [0x0D, 0x0A] + longer + [0x0D, 0x0A]) { data = longer }
        }
        let body = Array("--xyz\r\n\r\n".utf8) + data + Array("\r\n--xyz--".utf8)
        for chunkByteCount in [1, 2, 5, 13, body.count] {
            let events = try joined(events(of: chunks(ByteBuffer(bytes: body), of: chunkByteCount)))
            #expect(events[1] == .data(ByteBuffer(bytes: data)))
            #expect(events.count == 4)
        }
    }

    @Test func `Data is handed out as it comes, without waiting for the end of the part`() throws {
        var reader = try MultipartReader(boundary: "xyz")
        reader.append(ByteBuffer(string: "--xyz\r\n\r\n"))
        #expect(try reader.next() == .partBegan(name: nil, fileName: nil, contentType: nil))
        #expect(try reader.next() == nil)
        for _ in 0..<100 {
            reader.append(ByteBuffer(repeating: 7, count: 1_000))
            #expect(try reader.next() == .data(ByteBuffer(repeating: 7, count: 1_000)))
            #expect(try reader.next() == nil)
        }
    }

    // MARK: - Boundaries

    @Test(
        arguments: [
            ("multipart/form-data; boundary=abc", "abc"),
            ("Multipart/Form-Data;charset=utf-8;Boundary=\"a b\"", "a b"),
            (
                "multipart/form-data; boundary=----WebKitFormBoundary7MA4YWxkTrZu0gW",
                "----WebKitFormBoundary7MA4YWxkTrZu0gW"
            ),
            ("multipart/form-data; boundary=\"a:b=c?\"", "a:b=c?"),
            ("multipart/form-data", nil), ("multipart/form-data; boundary=", nil),
            ("multipart/form-data; boundary=\"\"", nil), ("multipart/form-data; boundary=\"a \"", nil),
            ("multipart/form-data; boundary=\"a\r\nb\"", nil), ("multipart/form-data; boundary=é", nil),
            ("multipart/form-data; boundary=a; boundary=b", nil), ("multipart/form-data; boundary=a b", nil),
            ("multipart/mixed; boundary=abc", nil), ("image/jpeg", nil), ("", nil), (";boundary=abc", nil),
        ] as [(String, String?)]
    )
    func `The boundary is taken from the content type`(contentType: String, boundary: String?) {
        #expect(MultipartReader.boundary(fromContentType: contentType) == boundary)
    }

    @Test func `A boundary has one to seventy characters`() {
        let longest = String(repeating: "b", count: 70)
        #expect(MultipartReader.boundary(fromContentType: "multipart/form-data; boundary=\(longest)") == longest)
        #expect(MultipartReader.boundary(fromContentType: "multipart/form-data; boundary=\(longest)b") == nil)
        #expect(throws: MultipartError.self) { try MultipartReader(boundary: longest + "b") }
        #expect(throws: MultipartError.self) { try MultipartReader(boundary: "") }
        #expect(throws: MultipartError.self) { try MultipartReader(boundary: "a\r\nb") }
    }

    // MARK: - Helpers

    /// Reads a body whole and byte by byte.
    private func check(_ body: String, is parts: [Part], sourceLocation: SourceLocation = #_sourceLocation) throws {
        let expected = parts.flatMap(\.events) + [.finished]
        #expect(try joined(events(of: [body])) == expected, sourceLocation: sourceLocation)
        #expect(try joined(events(of: chunks(body, of: 1))) == expected, sourceLocation: sourceLocation)
    }

    private func events(of chunks: [String], boundary: String = "xyz") throws -> [MultipartReader.Event] {
        try events(of: chunks.map { ByteBuffer(string: $0) }, boundary: boundary)
    }

    private func events(of chunks: [ByteBuffer], boundary: String = "xyz") throws -> [MultipartReader.Event] {
        var reader = try MultipartReader(boundary: boundary)
        var events: [MultipartReader.Event] = []
        for chunk in chunks {
            reader.append(chunk)
            while let event = try reader.next() { events.append(event) }
        }
        try reader.end()
        return events
    }

    private func chunks(_ body: String, of byteCount: Int) -> [ByteBuffer] {
        chunks(ByteBuffer(string: body), of: byteCount)
    }

    private func chunks(_ body: ByteBuffer, of byteCount: Int) -> [ByteBuffer] {
        var rest = body
        var chunks: [ByteBuffer] = []
        while let chunk = rest.readSlice(length: min(byteCount, rest.readableBytes)), chunk.readableBytes > 0 {
            chunks.append(chunk)
        }
        return chunks
    }

    /// The events with neighbouring data made one.
    private func joined(_ events: [MultipartReader.Event]) -> [MultipartReader.Event] {
        events.reduce(into: []) { result, event in
            if case .data(let more) = event, case .data(var data) = result.last {
                data.writeImmutableBuffer(more)
                result[result.count - 1] = .data(data)
            } else {
                result.append(event)
            }
        }
    }

    /// The rule for delimiter lines, as plainly as it can be put.
    private static func isDelimiterAnywhere(in bytes: [UInt8]) -> Bool {
        bytes.indices.contains { start in
            guard bytes[start...].starts(with: "\r\n--xyz".utf8) else { return false }
            let rest = bytes[start...].dropFirst(7)
            let unpadded = rest.drop { $0 == UInt8(ascii: " ") }
            return rest.starts(with: "--".utf8) || unpadded.starts(with: "\r\n".utf8)
        }
    }

    private static func body(withHeaders block: String) -> String {
        "--xyz\r\n\(block)\r\n\r\n\r\n--xyz--"
    }

    /// All kinds of parts, with data that begins, contains and ends with pieces of delimiters.
    private static let difficultBody = """
        preamble --xyz\r\n--xyzzy\r\n--xyz \r
        Content-Disposition: form-data; name="first"; filename="a \\"b\\".png"\r
        Content-Type: image/png\r
        \r
        \r\n--xy\r\r\n--xyz-\r\n--xyzz\r\n\r\n\r\n--\r\n-\r
        --xyz\r
        Content-Disposition: form-data; name=empty\r
        \r
        --xyz\r
        \r
        no headers, and a line end at the end\r\n\r
        --xyz\r
        Content-Disposition: form-data; name="last"\r
        \r
        --xy\r
        --xyz--epilogue\r\n--xyz\r\n
        """
}

/// A whole part.
private struct Part {
    var name: String?
    var fileName: String?
    var contentType: String?
    var data: String

    init(_ name: String? = nil, _ fileName: String? = nil, _ contentType: String? = nil, data: String) {
        self.name = name
        self.fileName = fileName
        self.contentType = contentType
        self.data = data
    }

    init(name: String, data: String) {
        self.init(name, data: data)
    }

    var events: [MultipartReader.Event] {
        let bytes: [MultipartReader.Event] = data.isEmpty ? [] : [.data(ByteBuffer(string: data))]
        return [.partBegan(name: name, fileName: fileName, contentType: contentType)] + bytes + [.partEnded]
    }
}

/// A Content-Disposition and what it says.
struct HeaderCase: Sendable, CustomTestStringConvertible {
    var disposition: String
    var name: String?
    var fileName: String?

    init(_ disposition: String, name: String?, fileName: String? = nil) {
        self.disposition = disposition
        self.name = name
        self.fileName = fileName
    }

    var testDescription: String { disposition }
}

extension MultipartReader.Event {
    fileprivate static func data(_ text: String) -> Self { .data(ByteBuffer(string: text)) }
}

extension String {
    /// The first bytes; for ASCII.
    fileprivate func prefix(utf8Count: Int) -> String {
        String(decoding: utf8.prefix(utf8Count), as: UTF8.self)
    }
}
