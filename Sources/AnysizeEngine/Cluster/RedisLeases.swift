package import AnysizeCore
import NIOCore
package import Redis

/// Leases as keys of Redis that run out by themselves.
///
///     anysize:lease:<key>   the holder's token
///     anysize:result:<key>  what the last holder has left, for the few seconds in which others may come for it
package struct RedisLeases: RenderLeases {
    private let client: RedisClient

    private static let leaseMilliseconds = 1000
    private static let resultMilliseconds = 10_000
    /// A result can be any variant, so these commands get more time than look-ups of small ones.
    private static let time = TimeAmount.milliseconds(250)

    package init(client: RedisClient) { self.client = client }

    package func take(_ key: VariantKey, _ token: String) async -> LeaseState {
        let command = Command("EVAL", Self.taking, 2, lease(key), result(key), token, Self.leaseMilliseconds)
        return state(try? await client.send(command, within: Self.time), key)
    }

    package func renew(_ key: VariantKey, _ token: String) async {
        _ = try? await client.send(Command("EVAL", Self.renewing, 1, lease(key), token, Self.leaseMilliseconds))
    }

    package func end(_ key: VariantKey, _ token: String, _ variant: Variant?) async {
        var value = ByteBuffer()
        if let variant {
            value = VariantFile.head(of: variant, key: key)
            value.writeImmutableBuffer(variant.bytes)
        }
        let command = Command(
            "EVAL", Self.ending, 2, lease(key), result(key), token, value, Self.resultMilliseconds)
        _ = try? await client.send(command, within: Self.time)
    }

    package func look(_ key: VariantKey) async -> LeaseState {
        state(try? await client.send(Command("EVAL", Self.looking, 2, lease(key), result(key)), within: Self.time), key)
    }

    private func state(_ reply: Reply?, _ key: VariantKey) -> LeaseState {
        switch reply {
        case .bulk(let bytes): VariantFile.decode(bytes, key: key).map { .result($0) } ?? .unknown
        case .integer(0): .free
        case .integer: .held
        default: .unknown
        }
    }

    private func lease(_ key: VariantKey) -> String { "anysize:lease:\(key)" }
    private func result(_ key: VariantKey) -> String { "anysize:result:\(key)" }

    private static let taking = """
        local result = redis.call('GET', KEYS[2])
        if result then return result end
        if redis.call('SET', KEYS[1], ARGV[1], 'NX', 'PX', ARGV[2]) then return 0 end
        if redis.call('GET', KEYS[1]) == ARGV[1] then return 0 end
        return 1
        """

    private static let renewing = """
        if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('PEXPIRE', KEYS[1], ARGV[2]) end
        """

    private static let ending = """
        if redis.call('GET', KEYS[1]) ~= ARGV[1] then return end
        if ARGV[2] ~= '' then redis.call('SET', KEYS[2], ARGV[2], 'PX', ARGV[3]) end
        redis.call('UNLINK', KEYS[1])
        """

    private static let looking = """
        local result = redis.call('GET', KEYS[2])
        if result then return result end
        return redis.call('EXISTS', KEYS[1])
        """
}
