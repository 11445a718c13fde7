/// The value of `If-None-Match` or `If-Match` (RFC 9110, 13.1 and 8.8.3).
package enum EntityTags: Hashable, Sendable {
    /// `*`.
    case any
    /// The opaque parts, without quotes. Weak tags are in `weak`.
    case list(strong: [String], weak: [String])

    /// Nil where the value is malformed.
    package init?(_ value: String) {
        let trimmed = value.drop { $0 == " " }
        if trimmed == "*" {
            self = .any
            return
        }
        var strong: [String] = []
        var weak: [String] = []
        for element in trimmed.split(separator: ",").prefix(100) {
            var tag = element.drop { $0 == " " || $0 == "\t" }
            while tag.last == " " || tag.last == "\t" { tag.removeLast() }
            let isWeak = tag.hasPrefix("W/")
            if isWeak { tag = tag.dropFirst(2) }
            guard tag.utf8.count >= 2, tag.first == "\"", tag.last == "\"" else { return nil }
            let opaque = String(tag.dropFirst().dropLast())
            if isWeak { weak.append(opaque) } else { strong.append(opaque) }
        }
        self = .list(strong: strong, weak: weak)
    }

    /// Weak comparison, as `If-None-Match` asks for: proxies that compress on the way make strong tags weak.
    package func matchesWeakly(_ tag: String) -> Bool {
        switch self {
        case .any: true
        case .list(let strong, let weak): strong.contains(tag) || weak.contains(tag)
        }
    }
}

/// One range of bytes (RFC 9110, 14.1.2), applied to a body.
package enum ByteRange: Hashable, Sendable {
    /// No usable `Range`: the whole body.
    case whole
    case part(Range<Int>)
    /// Nothing of the body is in it.
    case unsatisfiable

    /// Several ranges are answered with the whole, which is allowed and never wrong; so is what isn't in bytes or malformed.
    package init(_ value: String?, bodyByteCount: Int) {
        guard let value, value.hasPrefix("bytes=") else {
            self = .whole
            return
        }
        let parts = value.dropFirst(6).split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, let first = Self.number(parts[0]), let last = Self.number(parts[1]) else {
            self = .whole
            return
        }
        switch (first, last) {
        case (nil, nil): self = .whole
        case (nil, let count?):
            let start = max(0, bodyByteCount - count)
            self = count == 0 || bodyByteCount == 0 ? .unsatisfiable : .part(start..<bodyByteCount)
        case (let start?, let last):
            if let last, last < start {
                self = .whole
            } else if start >= bodyByteCount {
                self = .unsatisfiable
            } else {
                self = .part(start..<min(bodyByteCount, (last ?? bodyByteCount - 1) + 1))
            }
        }
    }

    /// Nil where it isn't a number at all, nil inside where it is left out.
    private static func number(_ text: Substring) -> Int?? {
        if text.isEmpty { return .some(nil) }
        guard text.utf8.count <= 15, text.utf8.allSatisfy({ (48...57).contains($0) }) else { return nil }
        return .some(Int(text))
    }
}
