import AnysizeCore
import AnysizeServer
import AnysizeTesting
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import NIOCore
import Testing

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

@Suite(.timeLimit(.minutes(1))) struct UploadResponseTests {
    private let bytes = SampleBytes.jpeg(5000, seed: 5)

    // MARK: - Answers

    @Test func `An upload answers with where it is and what it is`() async throws {
        let house = ServerHouse()
        house.flow.renderer.find(.sample(2000, 1500, orientation: 6))
        let response = try await house.send("POST /img", ["Content-Type": "text/html"], body: bytes)
        #expect(response.status == .created)
        let digest = Digest(of: bytes)
        let id = OriginalID(contentOf: digest)
        #expect(response.headers["Location"] == "/img/\(id)")
        #expect(response.headers["ETag"] == "\"\(digest)\"")
        #expect(response.headers["Cache-Control"] == "no-store")
        #expect(response.headers["Content-Type"] == "application/json")
        #expect(response.headers["X-Content-Type-Options"] == "nosniff")
        #expect(response.headers["Access-Control-Allow-Origin"] == "*")
        let timing = try #require(response.headers["Server-Timing"])
        for step in ["receive", "decode", "store", "total"] { #expect(timing.contains("\(step);dur=")) }
        let info = try decode(OriginalInfo.self, from: response)
        #expect(info.id == id.description && info.digest == digest.description)
        #expect(info.format == "jpeg" && info.width == 2000 && info.height == 1500 && info.bytes == 5000)
        #expect(info.pages == 1 && !info.alpha)
        let widths = [320, 640, 960, 1280, 1920, 2000]
        #expect(
            info.srcset == widths.map { "/img/\(id)?format=auto&w=\($0) \($0)w" }.joined(separator: ", "),
            "a content id needs no version"
        )
    }

    @Test func `What is known of the picture comes with it, and later with /info`() async throws {
        let house = ServerHouse()
        var facts = PictureFacts.sample(2000, 1500)
        facts.palette = Palette(rgba: [255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 0, 0, 0, 255])
        facts.preview = "UklGRg=="
        house.flow.renderer.find(facts)
        let answer = try decode(OriginalInfo.self, from: try await house.send("PUT /img/new", body: bytes))
        let info = try decode(OriginalInfo.self, from: try await house.send("GET /img/new/info"))
        for told in [answer, info] {
            #expect(told.palette == [.init(color: "#ffffff", share: 0.75), .init(color: "#000000", share: 0.25)])
            #expect(told.preview == "data:image/webp;base64,UklGRg==")
        }
        // Records of older uploads know neither.
        let cat = try decode(OriginalInfo.self, from: try await house.send("GET /img/cat/info"))
        #expect(cat.palette == nil && cat.preview == nil)
    }

    @Test func `Every URL of a srcset is served`() async throws {
        let house = ServerHouse()
        let response = try await house.send("PUT /img/new", body: bytes)
        let srcset = try #require(try decode(OriginalInfo.self, from: response).srcset)
        let candidates = srcset.split(separator: ",").map { $0.split(separator: " ") }
        #expect(candidates.map { $0[1] } == ["320w", "400w"])
        for candidate in candidates {
            let picture = try await house.send("GET \(candidate[0])")
            #expect(picture.status == .ok)
            #expect(picture.headers["Cache-Control"]?.contains("immutable") == true)
        }
    }

    @Test func `The same bytes again are there already`() async throws {
        let house = ServerHouse()
        let first = try await house.send("POST /img", body: bytes)
        let second = try await house.send("POST /img", body: bytes)
        #expect(second.status == .ok)
        #expect(second.body == first.body)
        #expect(second.headers["Location"] == first.headers["Location"])
        #expect(second.headers["Server-Timing"]?.contains("decode") == false)
    }

    @Test func `PUT creates, replaces, and knows the same bytes`() async throws {
        let house = ServerHouse()
        #expect(try await house.send("PUT /img/new", body: bytes).status == .created)
        #expect(try await house.send("PUT /img/new", body: bytes).status == .ok)
        let before = try await house.send("GET /img/new?w=10")
        let replaced = try await house.send("PUT /img/new", body: SampleBytes.jpeg(seed: 6))
        #expect(replaced.status == .ok)
        #expect(replaced.headers["Location"] == "/img/new")
        let after = try await house.send("GET /img/new?w=10", ["If-None-Match": before.headers["ETag"] ?? ""])
        #expect(after.status == .ok, "the old variant's tag is not the new one's")
        #expect(after.body != before.body)
    }

    @Test func `PUT with a condition that holds goes through`() async throws {
        let house = ServerHouse()
        #expect(try await house.send("PUT /img/new", ["If-None-Match": "*"], body: bytes).status == .created)
        let tag = "\"\(Digest(of: bytes))\""
        let next = SampleBytes.jpeg(seed: 6)
        #expect(try await house.send("PUT /img/new", ["If-Match": "\"x\", \(tag)"], body: next).status == .ok)
        #expect(try await house.send("PUT /img/new", ["If-Match": "*"], body: bytes).status == .ok)
    }

    @Test func `A part of a file is not taken for the whole`() async throws {
        let house = ServerHouse()
        let response = try await house.send("PUT /img/new", ["Content-Range": "bytes 0-4999/9000"], body: bytes)
        #expect(response.status == .badRequest)
    }

    // MARK: - Forms

    @Test func `A form's file is taken, and its other fields are read over`() async throws {
        let house = ServerHouse()
        let parts = [
            ("name=\"title\"", ByteBuffer(string: "A cat")),
            ("name=\"file\"; filename=\"../../etc/cat.exe\"\r\nContent-Type: text/html", bytes),
            ("name=\"note\"", ByteBuffer(string: "\r\n--xy")),
        ]
        let response = try await house.send("POST /img", formHeaders, body: form(parts))
        #expect(response.status == .created)
        let info = try decode(OriginalInfo.self, from: response)
        #expect(info.digest == Digest(of: bytes).description)
        #expect(info.bytes == bytes.readableBytes)
    }

    @Test func `A form may come in any pieces`() async throws {
        let body = form([("name=\"file\"", bytes)])
        for size in [1, 7, 1000] {
            let house = ServerHouse()
            let response = try await house.stream("PUT /img/new", formHeaders, body: Pieces(body, of: size))
            #expect(response.status == .created)
            #expect(try await house.flow.originals.bytes(OriginalID("new")!).1 == bytes)
        }
    }

    @Test func `A form with two files is refused, and neither is kept`() async throws {
        let house = ServerHouse()
        let body = form([("name=\"file\"", bytes), ("name=\"file\"", SampleBytes.jpeg(seed: 8))])
        let response = try await house.send("POST /img", formHeaders, body: body)
        try checkProblem(response, 400, "bad-request", parameter: "file")
        #expect(house.flow.store.stagedCount == 0)
        #expect(try await house.flow.originals.list(after: nil, limit: 10).map(\.id) == [ServerHouse.cat])
    }

    @Test func `A form that is cut off behind its file is refused`() async throws {
        let house = ServerHouse()
        let body = ByteBuffer(form([("name=\"file\"", bytes)]).readableBytesView.dropLast(6))
        let response = try await house.send("POST /img", formHeaders, body: body)
        try checkProblem(response, 400, "bad-request", parameter: "file")
        #expect(house.flow.store.stagedCount == 0)
    }

    @Test func `What is wrong with a form is said in words`() async throws {
        let house = ServerHouse()
        let response = try await house.send("POST /img", formHeaders, body: ByteBuffer(string: "--xyz\r\n"))
        let document = try checkProblem(response, 400, "bad-request", parameter: "file")
        #expect(!document.detail.contains("truncated."))
        #expect(!document.detail.contains("(reason:"))
    }

    @Test func `A form around a file of the allowed size may be a little longer`() async throws {
        let house = ServerHouse { $0.uploadByteCountMax = 5000 }
        let fits = try await house.send("POST /img", formHeaders, body: form([("name=\"file\"", bytes)]))
        #expect(fits.status == .created)
        let longer = form([("name=\"file\"", SampleBytes.jpeg(5001))])
        try checkProblem(try await house.send("POST /img", formHeaders, body: longer), 413, "too-many-bytes")
    }

    @Test func `What surrounds a form's file is bounded too`() async throws {
        let house = ServerHouse { $0.uploadByteCountMax = 5000 }
        let padding = ("name=\"note\"", ByteBuffer(repeating: 0x41, count: 500_000))
        let body = Pieces(form([padding, ("name=\"file\"", bytes)]), of: 10_000)
        let response = try await house.stream("POST /img", formHeaders, body: body)
        #expect(response.status == .contentTooLarge)
        #expect(body.read.value < 50)
    }

    // MARK: - Bodies that are not read, or break off

    @Test func `What can be told before the body is told without reading it`() async throws {
        let house = ServerHouse(keys: [APIKey(name: "a", scopes: [.upload], secret: "right")])
        let key = ["Authorization": "Bearer right"]
        for (request, headers, status) in [
            ("POST /img", ["Content-Length": "200000"], 413),
            ("PUT /img/cat", ["If-None-Match": "*"], 412),
            ("PUT /img/cat", ["If-Match": "nonsense"], 400),
            ("POST /img?x=1", [:], 400),
            ("POST /img", ["Content-Encoding": "br"], 415),
            ("POST /img", ["Authorization": "Bearer wrong"], 401),
            ("DELETE /img/cat", [:], 403),
            ("PATCH /img/cat", [:], 405),
        ] as [(String, [String: String], Int)] {
            let body = Pieces(bytes, of: 1000)
            let response = try await house.stream(request, key.merging(headers) { $1 }, body: body)
            #expect(response.status.code == status, "\(request) \(headers)")
            #expect(body.read.value == 0, "\(request) \(headers)")
        }
        #expect(house.flow.store.count(of: .stage) == 0)
    }

    @Test func `A chunked body is stopped at the limit`() async throws {
        let house = ServerHouse { $0.uploadByteCountMax = 3000 }
        let body = Pieces(bytes, of: 1000)
        let response = try await house.stream("POST /img", body: body)
        #expect(response.status == .contentTooLarge)
        #expect(body.read.value == 4)
        #expect(house.flow.store.stagedCount == 0)
    }

    @Test func `A body that breaks off is nobody's upload and nobody's error`() async throws {
        let house = ServerHouse()
        let response = try await house.stream("POST /img", body: Pieces(bytes, of: 1000, breaksOff: true))
        #expect(response.status.code == 499)
        #expect(house.flow.store.stagedCount == 0)
        #expect(house.flow.renderer.counts.examined == 0)
    }

    private let formHeaders = ["Content-Type": "multipart/form-data; boundary=xyz"]

    /// A form of parts, each what follows `form-data;` in its header, and its body.
    private func form(_ parts: [(String, ByteBuffer)]) -> ByteBuffer {
        var body = ByteBuffer()
        for (header, bytes) in parts {
            body.writeString("--xyz\r\nContent-Disposition: form-data; \(header)\r\n\r\n")
            body.writeImmutableBuffer(bytes)
            body.writeString("\r\n")
        }
        body.writeString("--xyz--\r\n")
        return body
    }
}

extension APIKey {
    init(name: String, scopes: Set<Scope>, secret: String) {
        self.init(name: name, scopes: scopes, secretDigest: Digest(of: ByteBuffer(string: secret)).bytes)
    }
}

/// A body in pieces, which counts how many were asked for.
private struct Pieces: AsyncSequence, Sendable {
    struct BrokenOff: Error {}

    let read = Shared(0)
    private let pieces: [ByteBuffer]
    private let breaksOff: Bool

    init(_ bytes: ByteBuffer, of byteCount: Int, breaksOff: Bool = false) {
        var rest = bytes
        var pieces: [ByteBuffer] = []
        while let piece = rest.readSlice(length: Swift.min(byteCount, rest.readableBytes)), piece.readableBytes > 0 {
            pieces.append(piece)
        }
        self.pieces = pieces
        self.breaksOff = breaksOff
    }

    func makeAsyncIterator() -> Iterator { Iterator(pieces: pieces[...], read: read, breaksOff: breaksOff) }

    struct Iterator: AsyncIteratorProtocol {
        var pieces: ArraySlice<ByteBuffer>
        let read: Shared<Int>
        let breaksOff: Bool

        mutating func next() async throws -> ByteBuffer? {
            guard let piece = pieces.popFirst() else {
                if breaksOff { throw BrokenOff() }
                return nil
            }
            read.change { $0 += 1 }
            return piece
        }
    }
}
