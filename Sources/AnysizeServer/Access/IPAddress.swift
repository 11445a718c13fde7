import Glibc

/// An address of IPv4 or IPv6. Both kinds are 128 bits here: IPv4 as IPv6 maps it, so that it is one whichever socket it came to.
package struct IPAddress: Hashable, Sendable, CustomStringConvertible {
    fileprivate let high: UInt64
    fileprivate let low: UInt64

    fileprivate init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    private static let mapped: UInt64 = 0xFFFF_0000_0000

    package var isIPv4: Bool { high == 0 && low >> 32 == Self.mapped >> 32 }

    /// - Parameter text: `192.0.2.1`, `2001:db8::1`, without port, zone and brackets; nil for anything else.
    package init?(_ text: some StringProtocol) {
        // The longest there is; what is longer isn't looked at.
        guard text.utf8.count <= 45 else { return nil }
        let text = String(text)
        var four: UInt32 = 0
        var six: (high: UInt64, low: UInt64) = (0, 0)
        if inet_pton(AF_INET, text, &four) == 1 {
            self.init(high: 0, low: Self.mapped | UInt64(UInt32(bigEndian: four)))
        } else if inet_pton(AF_INET6, text, &six) == 1 {
            self.init(high: UInt64(bigEndian: six.high), low: UInt64(bigEndian: six.low))
        } else {
            return nil
        }
    }

    /// The same with all but the first bits zero; of IPv4, the first of its 32.
    func prefix(_ bitCount: Int) -> IPAddress {
        let bitCount = isIPv4 ? 96 + bitCount : bitCount
        return IPAddress(
            high: high & Self.mask(bitCount), low: low & Self.mask(bitCount - 64))
    }

    private static func mask(_ bitCount: Int) -> UInt64 {
        bitCount <= 0 ? 0 : bitCount >= 64 ? .max : ~(UInt64.max >> UInt64(bitCount))
    }

    package var description: String {
        if isIPv4 {
            return (0..<4).map { "\((low >> UInt64(24 - 8 * $0)) & 0xFF)" }.joined(separator: ".")
        }
        let words = [high, low].flatMap { half in (0..<4).map { (half >> UInt64(48 - 16 * $0)) & 0xFFFF } }
        // The shortest form isn't worth its code; zeros at the end, which networks have, are.
        let shown = words.reversed().drop { $0 == 0 }.reversed().map { String($0, radix: 16) }
        if shown.isEmpty { return "::" }
        return shown.joined(separator: ":") + (shown.count == 8 ? "" : shown.count == 7 ? ":0" : "::")
    }
}

/// Addresses that begin alike: `10.0.0.0/8`.
package struct IPNetwork: Hashable, Sendable, CustomStringConvertible {
    private let address: IPAddress
    private let bitCount: Int

    /// - Parameter text: an address, and after a slash how many bits count: all where it isn't there. Nil for anything else, and where
    ///   bits are set that don't count, since then something else was meant.
    package init?(_ text: some StringProtocol) {
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard let address = IPAddress(parts[0]) else { return nil }
        let bitCountMax = address.isIPv4 ? 32 : 128
        var bitCount = bitCountMax
        if parts.count > 1 {
            guard parts[1].utf8.count <= 3, parts[1].utf8.allSatisfy({ (0x30...0x39).contains($0) }),
                let number = Int(parts[1]), number <= bitCountMax
            else { return nil }
            bitCount = number
        }
        guard address.prefix(bitCount) == address else { return nil }
        self.address = address
        self.bitCount = bitCount
    }

    package func contains(_ other: IPAddress) -> Bool {
        address.isIPv4 == other.isIPv4 && other.prefix(bitCount) == address
    }

    package var description: String { "\(address)/\(bitCount)" }
}
