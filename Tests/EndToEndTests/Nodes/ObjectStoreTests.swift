import AnysizeTesting
import Foundation
import Testing

extension EndToEnd {
    /// One node whose object store is real, behind a network that fails.
    @Suite(.timeLimit(.minutes(3))) struct FailingObjectStore {
        static let faults: [(name: String, fault: @Sendable (RawRequest) -> NetworkFault)] = [
            ("500", { _ in .answer(500, code: "InternalError") }),
            ("SlowDown", { _ in .answer(503, code: "SlowDown") }),
            ("stall", { _ in .stall }),
            ("cut", { $0.method == "PUT" ? .cutUpload(1000) : $0.method == "GET" ? .cutDownload(10) : .reset }),
        ]

        @Test(arguments: faults)
        func whatIsCachedIsServedAndNothingIsAcknowledgedThatIsNotStored(
            _ name: String, _ fault: @escaping @Sendable (RawRequest) -> NetworkFault
        ) async throws {
            let proxy = try FaultingProxy(to: try await SeaweedServer.shared.port)
            let prefix = "failing-\(UUID().uuidString.prefix(8).lowercased())"
            let settings = [
                "store.url":
                    "s3://\(SeaweedServer.bucket)/\(prefix)?endpoint=http://127.0.0.1:\(proxy.port)&region=us-east-1",
                "store.key.id": SeaweedServer.accessKeyID, "store.record.seconds": "0.1",
            ]
            let environment = ["ANYSIZE_STORE_KEY_SECRET": SeaweedServer.secretAccessKey]
            try await withService(settings, environment: environment) { service in
                let client = service.client
                _ = try await client.put("cat", Materials.fixture("photo.jpg"))
                let cached = try await client.variant("cat", "w=90")
                #expect(cached.status == 200)
                proxy.fail(fault)
                try await Task.sleep(for: .milliseconds(200))
                var slowest = 0.0
                for _ in 0..<40 {
                    let answer = try await client.get("/img/cat?w=90")
                    #expect(answer.status == 200 && answer.body == cached.body)
                    slowest = max(slowest, answer.seconds)
                    try await Task.sleep(for: .milliseconds(10))
                }
                #expect(slowest < 2)
                let requestCount = proxy.requests.count
                let unknown = try await client.get("/img/dog?w=90")
                #expect(unknown.status == 502 || unknown.status == 503, "\(unknown.status) \(unknown.text)")
                let upload = try await client.put("dog", Materials.fixture("alpha.png"))
                #expect(upload.status == 502 || upload.status == 503, "\(upload.status) \(upload.text)")
                // Three tries each, and what looking for a lost write takes.
                #expect(proxy.requests.count - requestCount <= 12)
                print(
                    "store \(name): cached within \(slowest) s, unknown \(unknown.seconds) s, upload \(upload.seconds) s"
                )
                proxy.heal()
                let isBack = try await eventually(within: 15) { try await client.get("/img/dog").status == 404 }
                #expect(isBack)
                #expect(try await client.put("dog", Materials.fixture("alpha.png")).status == 201)
            }
            proxy.stop()
        }
    }
}
