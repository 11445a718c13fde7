import AnysizeTesting
import Foundation
import Logging
import NIOCore
import NIOPosix
import Testing

@testable import Redis

/// Secure connections, to the real server.
@Suite(.timeLimit(.minutes(1))) struct RedisTLSTests {
    private func prove(_ address: String, _ authority: String?) async -> Result<String, RedisError> {
        do throws(RedisError) {
            return .success(
                try await RedisProof.make(
                    RedisAddress(address)!, authorityPath: authority, group: .singletonMultiThreadedEventLoopGroup))
        } catch { return .failure(error) }
    }

    private func detail(_ result: Result<String, RedisError>) -> String {
        if case .failure(.unreachable(let detail)) = result { detail } else { "\(result)" }
    }

    @Test func `commands and messages go over a connection whose certificate is right`() async throws {
        let certificate = try TestCertificate()
        let server = try await RedisServer("--requirepass", "secret", certificate: certificate)
        let address = try #require(RedisAddress("rediss://:secret@localhost:\(server.port)"))
        let logger = Logger(label: "redis-tests") { _ in SwiftLogNoOpLogHandler() }
        let client = try RedisClient(
            address, authorityPath: certificate.authorityPath, group: .singletonMultiThreadedEventLoopGroup,
            logger: logger)
        let subscription = try RedisSubscription(
            address, authorityPath: certificate.authorityPath, channels: ["news"],
            group: .singletonMultiThreadedEventLoopGroup, logger: logger
        ) { _, message in Self.heard.change { $0.append(String(buffer: message)) } }
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await client.run() }
            group.addTask { try await subscription.run() }
            await eventually { client.isUp && subscription.standing != nil }
            let value = SampleBytes.make(1_000_000, seed: 1)
            _ = try await client.send(Command("SET", "x", value), within: .seconds(5))
            #expect(try await client.send(Command("GET", "x"), within: .seconds(5)) == .bulk(value))
            _ = try await client.send(Command("PUBLISH", "news", "hello"), within: .seconds(5))
            await eventually { Self.heard.value == ["hello"] }
            #expect(Self.heard.value == ["hello"])
            group.cancelAll()
        }
    }

    private static let heard = Shared<[String]>([])

    @Test func `a certificate that can't be trusted is told, and nothing is sent`() async throws {
        let certificate = try TestCertificate()
        let server = try await RedisServer(certificate: certificate)
        let name = "rediss://localhost:\(server.port)"
        #expect(try await prove(name, certificate.authorityPath).get().contains("."))
        let unknown = detail(await prove(name, nil))
        #expect(unknown.contains("no secure connection") && unknown.contains("CERTIFICATE_VERIFY_FAILED"), "\(unknown)")
        let another = try TestCertificate(for: "redis.example")
        let wrong = try await RedisServer(certificate: another)
        let misnamed = detail(await prove("rediss://localhost:\(wrong.port)", another.authorityPath))
        #expect(misnamed.contains("no secure connection"), "\(misnamed)")
        let plain = try await RedisServer()
        let insecure = await prove("rediss://localhost:\(plain.port)", certificate.authorityPath)
        // It waits for the rest of what looks to it like a command.
        #expect(throws: RedisError.self) { try insecure.get() }
    }

    @Test func `an address is checked against the certificate as well`() async throws {
        let certificate = try TestCertificate(for: "127.0.0.1")
        let server = try await RedisServer(certificate: certificate)
        let result = await prove("rediss://127.0.0.1:\(server.port)", certificate.authorityPath)
        #expect(throws: Never.self) { try result.get() }
        let named = try TestCertificate()
        let other = try await RedisServer(certificate: named)
        #expect(detail(await prove("rediss://127.0.0.1:\(other.port)", named.authorityPath)).contains("no secure"))
    }

    @Test func `authorities are looked at before they are needed`() throws {
        let certificate = try TestCertificate()
        #expect(RedisProof.fault(ofAuthority: certificate.authorityPath) == nil)
        #expect(RedisProof.fault(ofAuthority: certificate.keyPath) != nil)
        #expect(RedisProof.fault(ofAuthority: "/nowhere.pem") != nil)
    }

    @Test func `a server that is gone is told with what the system says`() async throws {
        let server = try await RedisServer()
        server.crash()
        #expect(detail(await prove(server.url, nil)).contains("refused"))
    }
}
