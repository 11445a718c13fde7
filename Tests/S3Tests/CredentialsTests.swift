import AnysizeTesting
import Foundation
import Synchronization
import Testing

@testable import S3

@Suite(.timeLimit(.minutes(1))) struct CredentialsTests {
    /// Answers as the endpoints of AWS do, with new credentials each time.
    private final class Endpoint: Sendable {
        let server: LoopbackServer

        init(
            secondsLeft: Double = 3600, status: @escaping @Sendable () -> Int = { 200 }, delaySeconds: Double = 0
        ) throws {
            let count = Counter()
            server = try LoopbackServer { connection, request in
                func answer(_ text: String) -> Bool { connection.answer(status(), [:], text) }
                switch (request.method, request.target) {
                case ("PUT", "/latest/api/token"):
                    guard request.headers["x-aws-ec2-metadata-token-ttl-seconds"] != nil else {
                        return connection.answer(400)
                    }
                    return answer("TOKEN")
                case ("GET", "/latest/meta-data/iam/security-credentials/"):
                    guard request.headers["x-aws-ec2-metadata-token"] == "TOKEN" else { return connection.answer(401) }
                    return answer("the-role\n")
                case ("GET", "/latest/meta-data/iam/security-credentials/the-role"), ("GET", "/container"):
                    let isContainer = request.target == "/container"
                    let name = isContainer ? "authorization" : "x-aws-ec2-metadata-token"
                    guard request.headers[name] == "TOKEN" else { return connection.answer(401) }
                    Thread.sleep(forTimeInterval: delaySeconds)
                    let expiry = Date(timeIntervalSinceNow: secondsLeft).formatted(.iso8601)
                    return answer(
                        """
                        {"Code": "Success", "AccessKeyId": "ASIA\(count.next())", "SecretAccessKey": "HUSH", "Token": "T", \
                        "Expiration": "\(expiry)"}
                        """
                    )
                default: return connection.answer(404)
                }
            }
        }

        deinit { server.stop() }

        /// How often credentials were asked for.
        var fetches: Int { server.requests.count { $0.target.hasSuffix("the-role") || $0.target == "/container" } }
        var base: String { "http://127.0.0.1:\(server.port)" }
    }

    private final class Counter: Sendable {
        private let count = Mutex(0)
        func next() -> Int {
            count.withLock {
                $0 += 1; return $0
            }
        }
    }

    private func provider(
        _ source: S3CredentialsSource, now: @escaping @Sendable () -> Date = { Date() }
    ) -> S3CredentialsProvider {
        S3CredentialsProvider(source, observe: { _ in }, now: now)
    }

    private var soon: ContinuousClock.Instant { .now + .seconds(10) }

    @Test func `a machine's role is asked for with a token, once`() async throws {
        let endpoint = try Endpoint()
        let provider = provider(.instance(endpoint: endpoint.base + "/"))
        let first = try await provider.current(until: soon)
        #expect(first.accessKeyID == "ASIA1" && first.secretAccessKey.revealed == "HUSH")
        #expect(first.sessionToken?.revealed == "T")
        for _ in 0..<5 { #expect(try await provider.current(until: soon) == first) }
        #expect(endpoint.fetches == 1)
    }

    @Test func `a container's endpoint gets the token of the environment or of the file`() async throws {
        let endpoint = try Endpoint()
        let file = FileManager.default.temporaryDirectory.path + "/anysize-token-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: file) }
        try "TOKEN\n".write(toFile: file, atomically: true, encoding: .utf8)
        for environment in [
            ["AWS_CONTAINER_AUTHORIZATION_TOKEN": "TOKEN"], ["AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE": file],
        ] {
            let url = ["AWS_CONTAINER_CREDENTIALS_FULL_URI": endpoint.base + "/container"]
            let source = try S3CredentialsSource.find(in: environment.merging(url) { $1 })
            #expect(try await provider(source).current(until: soon).accessKeyID.hasPrefix("ASIA"))
        }
        #expect(endpoint.fetches == 2)
    }

    @Test func `many who ask at once wait for one renewal`() async throws {
        let endpoint = try Endpoint(delaySeconds: 0.2)
        let provider = provider(.instance(endpoint: endpoint.base))
        let keys = try await withThrowingTaskGroup(of: String.self) { group in
            for _ in 0..<50 {
                group.addTask { try await provider.current(until: .now + .seconds(10)).accessKeyID }
            }
            return try await group.reduce(into: Set<String>()) { $0.insert($1) }
        }
        #expect(keys == ["ASIA1"] && endpoint.fetches == 1)
    }

    @Test func `they are renewed before they expire, and the old ones do while that fails`() async throws {
        let status = Shared(200)
        let endpoint = try Endpoint(secondsLeft: 3600, status: { status.value })
        let ahead = Shared(0.0)
        let provider = provider(.instance(endpoint: endpoint.base)) { Date(timeIntervalSinceNow: ahead.value) }
        #expect(try await provider.current(until: soon).accessKeyID == "ASIA1")
        status.change { $0 = 500 }
        // Four minutes are left.
        ahead.change { $0 = 3360 }
        #expect(try await provider.current(until: soon).accessKeyID == "ASIA1")
        let count = endpoint.server.requests.count
        #expect(try await provider.current(until: soon).accessKeyID == "ASIA1")
        #expect(endpoint.server.requests.count == count, "what failed a moment ago isn't tried again at once")
        // None is left.
        ahead.change { $0 = 3700 }
        await #expect(throws: S3Error.noCredentials(detail: "their endpoint answers 500")) {
            try await provider.current(until: .now + .seconds(10))
        }
        status.change { $0 = 200 }
        ahead.change { $0 = 0 }
        #expect(try await provider.current(until: soon).accessKeyID.hasPrefix("ASIA"))
    }

    @Test func `those that the server rejects are replaced`() async throws {
        let endpoint = try Endpoint()
        let provider = provider(.instance(endpoint: endpoint.base))
        let first = try await provider.current(until: soon)
        provider.reject(first)
        let second = try await provider.current(until: soon)
        #expect(second.accessKeyID == "ASIA2")
        // Told of it late, by another request that was signed with the first.
        provider.reject(first)
        #expect(try await provider.current(until: soon) == second)
    }

    @Test func `no endpoint is a clear fault, soon, without a secret`() async throws {
        let port = try LoopbackSocket.freePorts(1)[0]
        let start = ContinuousClock.now
        do {
            _ = try await provider(.instance(endpoint: "http://127.0.0.1:\(port)")).current(until: soon)
            Issue.record("there is nobody")
        } catch {
            #expect("\(error)".hasPrefix("no credentials: their endpoint doesn't answer"))
        }
        #expect(ContinuousClock.now - start < .seconds(5))
        let garbage = try LoopbackServer { connection, _ in
            connection.answer(200, [:], "{\"SecretAccessKey\": \"HUSH\"")
        }
        defer { garbage.stop() }
        do {
            _ = try await provider(.container(url: "http://127.0.0.1:\(garbage.port)/", .none)).current(until: soon)
            Issue.record("that was no answer")
        } catch {
            #expect(!"\(error)".contains("HUSH"))
        }
    }

    @Test func `the environment says where they come from, in AWS's order`() throws {
        var environment = ["AWS_CONTAINER_CREDENTIALS_RELATIVE_URI": "/v2/x"]
        #expect(try S3CredentialsSource.find(in: [:]) == .instance(endpoint: "http://169.254.169.254"))
        #expect(try S3CredentialsSource.find(in: environment) == .container(url: "http://169.254.170.2/v2/x", .none))
        environment["AWS_ACCESS_KEY_ID"] = "A"
        #expect(throws: S3Error.self) { try S3CredentialsSource.find(in: environment) }
        environment["AWS_SECRET_ACCESS_KEY"] = "S"
        environment["AWS_SESSION_TOKEN"] = "T"
        let credentials = S3Credentials(accessKeyID: "A", secretAccessKey: "S", sessionToken: "T")
        #expect(try S3CredentialsSource.find(in: environment) == .fixed(credentials))
        #expect(throws: S3Error.self) { try S3CredentialsSource.find(in: ["AWS_EC2_METADATA_DISABLED": "true"]) }
    }

    @Test(arguments: [
        ("https://example.org/x", true), ("http://127.0.0.1:80/x", true), ("http://[::1]:80/x", true),
        ("http://169.254.170.23/x", true),
        ("http://example.org/x", false), ("http://127.0.0.1.example.org/x", false),
        ("http://127.0.0.1@example.org/x", false),
        ("ftp://127.0.0.1/x", false),
    ])
    func `a token goes nowhere in the clear`(_ url: String, _ isTaken: Bool) {
        let source = try? S3CredentialsSource.find(in: ["AWS_CONTAINER_CREDENTIALS_FULL_URI": url])
        #expect((source != nil) == isTaken)
    }
}
