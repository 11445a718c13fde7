package import NIOCore
import NIOSSL

/// Looks whether a server can be used at all, for people who want to know before the service starts.
package enum RedisProof {
    /// Connects, writes a key that ends by itself, reads it back and publishes a message.
    /// - Returns: the server's version.
    /// - Throws: `.unexpected` where it doesn't give back what was written.
    package static func make(
        _ address: RedisAddress, authorityPath: String?, group: any EventLoopGroup
    ) async throws(RedisError) -> String {
        let connector: RedisConnector
        do { connector = try RedisConnector(address, authorityPath: authorityPath, group: group) } catch {
            throw RedisError(connecting: error)
        }
        let channel = try await connector.connect()
        defer { channel.close(promise: nil) }
        let mark = String(UInt64.random(in: .min ... .max), radix: 36)
        let key = "anysize:proof:\(mark)"
        _ = try await channel.send(Command("SET", key, mark, "PX", 10_000), within: time)
        guard try await channel.send(Command("GET", key), within: time).text == mark else { throw .unexpected }
        _ = try await channel.send(Command("UNLINK", key), within: time)
        _ = try await channel.send(Command("EVAL", "return redis.call('PUBLISH', KEYS[1], 'x')", 1, key), within: time)
        let info = try await channel.send(Command("INFO", "server"), within: time).text ?? ""
        let line = info.split(whereSeparator: \.isNewline).first { $0.hasPrefix("redis_version:") }
        return line.map { String($0.dropFirst("redis_version:".count)) } ?? "unknown"
    }

    private static let time = TimeAmount.seconds(2)

    /// What is wrong with a PEM file of the authorities that servers' certificates may be of; nil where it can be used.
    package static func fault(ofAuthority path: String) -> String? {
        do { return try NIOSSLCertificate.fromPEMFile(path).isEmpty ? "it has no certificate" : nil } catch {
            return "it isn't there, can't be read, or has no certificates in PEM"
        }
    }
}
