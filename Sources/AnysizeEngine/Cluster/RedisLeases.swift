package import AnysizeCore
import NIOCore
package import Redis

/// Leases as keys of Redis that run out by themselves.
///
///     anysize:lease:<key>            the holder's token
///     anysize:result:<key>           what the last holder has left, for the few seconds in which others may come for it; a word
///                                    instead of what is too large
///     anysize:result:<key>:<token>   that result while it is written
///
/// Results are megabytes, perhaps. They go by plain SET and GET, because a script would copy them several times while all of Redis
/// waits; scripts only look at lengths and move names.
package struct RedisLeases: RenderLeases {
    private let client: RedisClient

    private static let leaseMilliseconds = 1000
    private static let resultMilliseconds = 10_000
    /// In bytes. Larger ones would drive many small variants out of Redis.
    static let resultByteCountMax = 16 * 1024 * 1024
    private static let made = ByteBuffer(string: "made")

    package init(client: RedisClient) { self.client = client }

    package func take(_ key: VariantKey, _ token: String) async -> LeaseState {
        await state(Command("EVAL", Self.taking, 2, lease(key), result(key), token, Self.leaseMilliseconds), key)
    }

    package func renew(_ key: VariantKey, _ token: String) async {
        _ = try? await client.send(Command("EVAL", Self.renewing, 1, lease(key), token, Self.leaseMilliseconds))
    }

    package func end(_ key: VariantKey, _ token: String, _ variant: Variant?) async {
        let draft = "\(result(key)):\(token)"
        if let variant { await leave(variant, as: draft, key) }
        let command = Command("EVAL", Self.ending, 3, lease(key), draft, result(key), token)
        _ = try? await client.send(command, within: Self.time(toMove: 0))
    }

    package func look(_ key: VariantKey) async -> LeaseState {
        await state(Command("EVAL", Self.looking, 2, lease(key), result(key)), key)
    }

    /// Writes a result, or that there is one, where it can't be written.
    private func leave(_ variant: Variant, as draft: String, _ key: VariantKey) async {
        if variant.byteCount <= Self.resultByteCountMax {
            var value = VariantFile.head(of: variant, key: key)
            value.writeImmutableBuffer(variant.bytes)
            let command = Command("SET", draft, value, "PX", Self.resultMilliseconds)
            if (try? await client.send(command, within: Self.time(toMove: variant.byteCount))) != nil { return }
        }
        _ = try? await client.send(Command("SET", draft, Self.made, "PX", Self.resultMilliseconds))
    }

    private func state(_ command: Command, _ key: VariantKey) async -> LeaseState {
        switch try? await client.send(command, within: Self.time(toMove: 0)) {
        case .integer(0): return .free
        case .integer(1): return .held
        case .integer(let length):
            let reply = try? await client.send(
                Command("GET", result(key)), within: Self.time(toMove: Int(min(length, 1 << 30))))
            guard let bytes = reply?.bytes else { return .unknown }
            return bytes == Self.made ? .made : VariantFile.decode(bytes, key: key).map { .result($0) } ?? .unknown
        default: return .unknown
        }
    }

    /// For a command that moves so many bytes: 33 MB in a second at least, which a busy network does.
    private static func time(toMove byteCount: Int) -> TimeAmount {
        .milliseconds(250) + .nanoseconds(Int64(byteCount) * 30)
    }

    private func lease(_ key: VariantKey) -> String { "anysize:lease:\(key)" }
    private func result(_ key: VariantKey) -> String { "anysize:result:\(key)" }

    /// 0 for the lease, 1 for another's; above that, the length of a result, and 1.
    private static let taking = """
        local length = redis.call('STRLEN', KEYS[2])
        if length > 0 then return length + 1 end
        if redis.call('SET', KEYS[1], ARGV[1], 'NX', 'PX', ARGV[2]) then return 0 end
        if redis.call('GET', KEYS[1]) == ARGV[1] then return 0 end
        return 1
        """

    private static let renewing = """
        local holder = redis.call('GET', KEYS[1])
        if not holder or holder == ARGV[1] then redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2]) end
        """

    private static let ending = """
        local holder = redis.call('GET', KEYS[1])
        if holder and holder ~= ARGV[1] then return redis.call('UNLINK', KEYS[2]) end
        if redis.call('EXISTS', KEYS[2]) == 1 then redis.call('RENAME', KEYS[2], KEYS[3]) end
        redis.call('UNLINK', KEYS[1])
        """

    /// As above, 0 where nobody has it.
    private static let looking = """
        local length = redis.call('STRLEN', KEYS[2])
        if length > 0 then return length + 1 end
        return redis.call('EXISTS', KEYS[1])
        """
}
