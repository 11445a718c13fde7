import Foundation
import Testing

extension EndToEnd {
    /// Bodies that are too large, cut off, or not what they are said to be.
    @Suite(.service(["upload.bytes.max": "200KB"]))
    struct UploadLimits {
        let service: RunningService

        init() throws { service = try #require(RunningService.current) }

        @Test(
            .timeLimit(.minutes(1)),
            arguments: [
                ("POST /img", 200_001), ("PUT /img/large", 200_001), ("POST /img", 10_000_000_000),
            ]
        )
        func aTooLargeContentLengthIsRefusedAndClosedWithoutReadingTheBody(_ line: String, length: Int) async throws {
            let port = service.port
            let (answer, isClosed) = try await onOwnThread {
                let connection = try RawConnection(port: port)
                try connection.send("\(line) HTTP/1.1\r\nHost: localhost\r\nContent-Length: \(length)\r\n\r\n")
                return (try connection.answer(within: 5), connection.isClosed(within: 1))
            }
            checkTooLarge(answer)
            #expect(answer.seconds < 1)
            #expect(answer["Connection"] == "close")
            #expect(isClosed)
        }

        @Test(.timeLimit(.minutes(1)))
        func whoAsksBeforeSendingTooMuchIsToldNo() async throws {
            let port = service.port
            let status = try await onOwnThread {
                let connection = try RawConnection(port: port)
                try connection.send(
                    "POST /img HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\nContent-Length: 200001\r\n\r\n")
                return try connection.status(within: 5)
            }
            #expect(status == 413)
        }

        @Test(.timeLimit(.minutes(1)))
        func aChunkedBodyIsRefusedAtTheLimit() async throws {
            let picture = try Materials.fixture("photo.jpg")
            try #require(picture.count > 200_000)
            checkTooLarge(try await sendChunked(picture))
            let fits = try Materials.uniqueJPEG(commentOf: 150_000)
            #expect(try await sendChunked(fits).status == 201)
        }

        @Test(.timeLimit(.minutes(1)))
        func theLimitItselfIsAllowed() async throws {
            let base = try Materials.fixture("odd.jpg").count
            // Each comment segment of 60,000 bytes has four bytes around it.
            let exact = try Materials.uniqueJPEG(commentOf: 200_000 - base - 12)
            try #require(exact.count == 200_000)
            #expect(try await service.client.post(exact).status == 201)
        }

        @Test(.timeLimit(.minutes(1)))
        func aCutUploadLeavesNothing() async throws {
            let picture = try Materials.uniqueJPEG(commentOf: 100_000)
            let port = service.port
            for share in [0.0, 0.1, 0.5, 0.99] {
                try await onOwnThread {
                    let connection = try RawConnection(port: port)
                    try connection.send(
                        "PUT /img/cut HTTP/1.1\r\nHost: localhost\r\nContent-Length: \(picture.count)\r\n\r\n")
                    try connection.send(picture.prefix(Int(Double(picture.count) * share)))
                    Thread.sleep(forTimeInterval: 0.05)
                    connection.close()
                }
            }
            #expect(await eventually(within: 5) { service.stagedFiles.isEmpty }, "\(service.stagedFiles)")
            #expect(try await service.client.get("/img/cut/info").status == 404)
        }

        @Test(.timeLimit(.minutes(1)), arguments: ["image/jpeg", "text/html", "application/json", "nonsense", ""])
        func theDeclaredTypePlaysNoPart(_ type: String) async throws {
            let headers = ["Content-Type": type]
            let picture = try Materials.uniquePNG(commentOf: 20)
            let taken = try await service.client.post(picture, headers)
            #expect(taken.status == 201)
            #expect(try taken.json(OriginalInfo.self).format == "png")
            let text = Data("<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>".utf8)
            let refused = try await service.client.post(text, headers)
            #expect(refused.status == 415 && refused.problem?.type == "urn:anysize:problem:unsupported-format")
        }

        private func checkTooLarge(_ answer: Answer) {
            #expect(answer.status == 413)
            #expect(answer.problem?.type == "urn:anysize:problem:too-many-bytes")
            #expect(answer.problem?.detail.contains("200000") == true)
        }

        private func sendChunked(_ bytes: Data) async throws -> Answer {
            let port = service.port
            return try await onOwnThread {
                let connection = try RawConnection(port: port)
                try connection.send("POST /img HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n")
                var rest = bytes
                while !rest.isEmpty {
                    let chunk = rest.prefix(16_384)
                    rest = rest.dropFirst(chunk.count)
                    // Whoever refuses may close before all is sent; the answer is still to be read.
                    let frame = Data("\(String(chunk.count, radix: 16))\r\n".utf8) + chunk + Data("\r\n".utf8)
                    guard (try? connection.send(frame)) != nil else { break }
                }
                _ = try? connection.send("0\r\n\r\n")
                return try connection.answer(within: 10)
            }
        }
    }
}
