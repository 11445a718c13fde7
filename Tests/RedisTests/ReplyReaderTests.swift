import AnysizeTesting
import NIOCore
import Testing

@testable import Redis

@Suite struct ReplyReaderTests {
    /// Reads text that comes in pieces of so many bytes.
    private func read(_ text: String, by count: Int = .max) throws -> [Reply] {
        var reader = ReplyReader()
        var rest = ByteBuffer(string: text)
        var replies: [Reply] = []
        while let piece = rest.readSlice(length: min(count, max(1, rest.readableBytes))) {
            try reader.feed(piece)
            while let reply = try reader.next() { replies.append(reply) }
        }
        return replies
    }

    private static let samples: [(text: String, replies: [Reply])] = [
        ("+OK\r\n", [.status("OK")]),
        ("-ERR no such thing\r\n", [.error(ServerError("ERR no such thing"))]),
        (":42\r\n:-7\r\n", [.integer(42), .integer(-7)]),
        ("$5\r\nhello\r\n$0\r\n\r\n$-1\r\n", [.bulk(.init(string: "hello")), .bulk(.init()), .null]),
        ("*0\r\n*-1\r\n", [.array([]), .null]),
        (
            "*3\r\n$1\r\na\r\n*2\r\n:1\r\n*1\r\n+b\r\n$-1\r\n+after\r\n",
            [
                .array([.bulk(.init(string: "a")), .array([.integer(1), .array([.status("b")])]), .null]),
                .status("after"),
            ]
        ),
        ("$6\r\na\r\nb\r\n\r\n", [.bulk(.init(string: "a\r\nb\r\n"))]),
    ]

    @Test(arguments: samples.indices) func everyTypeIsReadInPiecesOfAnySize(_ number: Int) throws {
        let sample = Self.samples[number]
        for count in [1, 2, 3, 5, 7, .max] { #expect(try read(sample.text, by: count) == sample.replies) }
    }

    @Test(
        arguments: [
            "hello\r\n", "$-2\r\n", "$99999999999999999999\r\n", "*2147483647\r\n", "*1048577\r\n", "*-2\r\n", "$x\r\n",
            ":\r\n:x\r\n", String(repeating: "*1\r\n", count: 20), "\0\0\0\0\r\n", "HTTP/1.1 200 OK\r\n",
        ])
    func nonsenseIsAnErrorAndNothingWorse(_ text: String) {
        #expect(throws: RedisError.malformed) { try read(text) }
    }

    @Test func aLongReplyIsReadAndOneBeyondAllBoundsIsNot() throws {
        let body = String(repeating: "x", count: 3_000_000)
        #expect(try read("$3000000\r\n\(body)\r\n", by: 65_536) == [.bulk(.init(string: body))])
        var reader = ReplyReader()
        try reader.feed(ByteBuffer(string: "$600000000\r\n"))
        let piece = ByteBuffer(repeating: 120, count: 1 << 20)
        #expect(throws: RedisError.malformed) {
            for _ in 0..<100 {
                try reader.feed(piece)
                #expect(try reader.next() == nil)
            }
        }
    }

    @Test func aReaderThatIsGivenUpFreesWhatItHad() throws {
        for _ in 0..<1000 {
            var reader = ReplyReader()
            try reader.feed(ByteBuffer(string: "*3\r\n$5\r\nhello\r\n*2\r\n:1\r\n"))
            #expect(try reader.next() == nil)
        }
    }

    @Test func noisePassesOrIsRefused() {
        var random = SeededRandom(seed: 5)
        let pieces = ["*", "$", ":", "+", "-", "\r\n", "1", "2", "9", "0", "-1", "abc", "\n", "\0", "3\r\nabc\r\n"]
        for _ in 0..<50_000 {
            let text = (0..<Int.random(in: 1..<12, using: &random)).map { _ in pieces.randomElement(using: &random)! }
            _ = try? read(text.joined(), by: Int.random(in: 1..<9, using: &random))
        }
    }
}

@Suite struct CommandTests {
    @Test func argumentsMayBeAnyBytes() {
        var buffer = ByteBuffer()
        Command("SET", "k\r\n", ByteBuffer(bytes: [0, 255, 13, 10]), 17, "").write(to: &buffer)
        var expected = ByteBuffer(string: "*5\r\n$3\r\nSET\r\n$3\r\nk\r\n\r\n$4\r\n")
        expected.writeBytes([0, 255, 13, 10])
        expected.writeString("\r\n$2\r\n17\r\n$0\r\n\r\n")
        #expect(buffer == expected)
    }

    @Test(
        arguments: [
            ("redis://h", "redis://h:6379/0", 1), ("redis://h:1/2", "redis://h:1/2", 2),
            ("rediss://:p%40ss@h", "rediss://:…@h:6379/0", 2), ("redis://u:p@[::1]:7/3", "redis://u:…@::1:7/3", 3),
        ])
    func addressesAreReadAndTheirPasswordsNotShown(_ text: String, _ shown: String, _ greetingCount: Int) throws {
        let address = try #require(RedisAddress(text))
        #expect(address.description == shown)
        #expect(address.greeting.count == greetingCount)
    }

    @Test(
        arguments: ["", "redis:", "http://h", "redis://", "redis://h/x", "redis://h:0", "redis://h?x=1", "redis://u@h"])
    func otherURLsAreNoAddresses(_ text: String) { #expect(RedisAddress(text) == nil) }
}
