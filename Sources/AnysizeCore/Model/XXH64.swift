/// The 64-bit xxHash of some bytes: fast, stable across machines and releases, not for secrets.
///
/// For checking that a stored file is what was written and for spreading keys. Anyone can make two inputs with the
/// same hash, so nothing that a caller could gain from may rest on it; ids are SHA-256.
///
/// Written from the published description (`doc/xxhash_spec.md` of the xxHash project, version 0.2.0); the test
/// vectors come from an independent build of it.
package enum XXH64 {
    /// The hash of `bytes`, which may be empty and need no alignment.
    ///
    /// Reads words as little-endian whatever the machine, so the value may be stored and compared elsewhere.
    package static func hash(_ bytes: UnsafeRawBufferPointer, seed: UInt64 = 0) -> UInt64 {
        var offset = 0
        var sum: UInt64
        if bytes.count >= stripeByteCount {
            sum = hashStripes(bytes, seed: seed, offset: &offset)
        } else {
            sum = seed &+ prime5
        }
        sum &+= UInt64(bytes.count)
        mixTail(bytes, from: offset, into: &sum)
        return avalanche(sum)
    }

    /// The four lanes below take eight bytes each.
    private static let stripeByteCount = 32

    // The five primes of the specification.
    private static let prime1: UInt64 = 0x9E37_79B1_85EB_CA87
    private static let prime2: UInt64 = 0xC2B2_AE3D_27D4_EB4F
    private static let prime3: UInt64 = 0x1656_67B1_9E37_79F9
    private static let prime4: UInt64 = 0x85EB_CA77_C2B2_AE63
    private static let prime5: UInt64 = 0x27D4_EB2F_1656_67C5

    /// Runs the four lanes over all whole stripes, leaves `offset` behind them and joins the lanes.
    private static func hashStripes(_ bytes: UnsafeRawBufferPointer, seed: UInt64, offset: inout Int) -> UInt64 {
        var lane1 = seed &+ prime1 &+ prime2
        var lane2 = seed &+ prime2
        var lane3 = seed
        var lane4 = seed &- prime1
        let end = bytes.count - bytes.count % stripeByteCount
        while offset < end {
            lane1 = round(lane1, word(bytes, offset))
            lane2 = round(lane2, word(bytes, offset + 8))
            lane3 = round(lane3, word(bytes, offset + 16))
            lane4 = round(lane4, word(bytes, offset + 24))
            offset += stripeByteCount
        }
        var sum = rotate(lane1, 1) &+ rotate(lane2, 7) &+ rotate(lane3, 12) &+ rotate(lane4, 18)
        for lane in [lane1, lane2, lane3, lane4] {
            sum = (sum ^ round(0, lane)) &* prime1 &+ prime4
        }
        return sum
    }

    /// The last 0 to 31 bytes: by eight, then four, then one.
    private static func mixTail(_ bytes: UnsafeRawBufferPointer, from start: Int, into sum: inout UInt64) {
        var offset = start
        while offset + 8 <= bytes.count {
            sum = rotate(sum ^ round(0, word(bytes, offset)), 27) &* prime1 &+ prime4
            offset += 8
        }
        if offset + 4 <= bytes.count {
            let half = UInt64(UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt32.self)))
            sum = rotate(sum ^ half &* prime1, 23) &* prime2 &+ prime3
            offset += 4
        }
        while offset < bytes.count {
            sum = rotate(sum ^ UInt64(bytes[offset]) &* prime5, 11) &* prime1
            offset += 1
        }
    }

    private static func avalanche(_ sum: UInt64) -> UInt64 {
        var sum = sum
        sum = (sum ^ sum >> 33) &* prime2
        sum = (sum ^ sum >> 29) &* prime3
        return sum ^ sum >> 32
    }

    @inline(__always)
    private static func round(_ lane: UInt64, _ word: UInt64) -> UInt64 {
        rotate(lane &+ word &* prime2, 31) &* prime1
    }

    @inline(__always)
    private static func rotate(_ value: UInt64, _ count: UInt64) -> UInt64 {
        value &<< count | value &>> (64 &- count)
    }

    @inline(__always)
    private static func word(_ bytes: UnsafeRawBufferPointer, _ offset: Int) -> UInt64 {
        UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
    }
}
