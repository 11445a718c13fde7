import Crypto

/// The one name of a result, or of a level: in every tier, for the single flight, and as the strong ETag.
///
/// A function of the original's bytes, the settled recipe and the pipeline version, so a key never means two pictures and
/// nothing is ever invalidated, only evicted or deleted. The first 12 bytes depend on the original alone: all variants
/// of an original can be found by them in a tier that lists its keys.
package struct VariantKey: Hashable, Sendable, CustomStringConvertible {
    /// 64 lower-case hexadecimal digits.
    package let description: String

    /// Raised whenever the same original and recipe would give other bytes than before: a changed plan, default or encoder
    /// setting. Old variants then age out of the caches by themselves.
    package static let pipelineVersion = 7

    /// Of a variant.
    /// - Parameters:
    ///   - source: what it is rendered from, which follows from the settings of the pyramid too.
    ///   - overlay: likewise of its overlay, whose id may come to mean other bytes.
    package init(
        original: Digest, recipe: SettledRecipe, source: RenderSource, overlay: OverlaySource? = nil,
        pipelineVersion: Int = Self.pipelineVersion
    ) {
        let on = overlay.map { "|\($0.digest)|level-\($0.level.index)" } ?? ""
        self.init(original, "\(pipelineVersion)|\(recipe.text)|\(source)\(on)")
    }

    /// Of a level, which lives in the tiers beside the variants.
    package init(original: Digest, level: PyramidLevel, pipelineVersion: Int = Self.pipelineVersion) {
        self.init(original, "\(pipelineVersion)|level-\(level.index)")
    }

    private init(_ original: Digest, _ text: String) {
        var hash = SHA256()
        hash.update(data: original.bytes)
        hash.update(data: Array("|\(text)".utf8))
        description = OriginalTag(original).description + Hex.encode(hash.finalize().prefix(20))
    }

    /// Reads a key back, from a file's name for one; nil where it isn't 64 lower-case hexadecimal digits.
    package init?(_ text: some StringProtocol) {
        guard text.utf8.count == 64, text.utf8.allSatisfy({ (48...57).contains($0) || (97...102).contains($0) }) else {
            return nil
        }
        description = String(text)
    }

    /// What all keys of its original's variants begin with.
    package var original: OriginalTag { OriginalTag(prefix: String(description.prefix(OriginalTag.digitCount))) }

    package func belongs(to original: OriginalTag) -> Bool { description.hasPrefix(original.description) }

    package static func == (first: VariantKey, second: VariantKey) -> Bool { first.description == second.description }
}

/// What all keys of one original's variants begin with: 24 hexadecimal digits of its digest.
package struct OriginalTag: Hashable, Sendable, CustomStringConvertible {
    package let description: String

    static let digitCount = 24

    package init(_ digest: Digest) { description = Hex.encode(digest.bytes.prefix(Self.digitCount / 2)) }

    /// Nil where it isn't one.
    package init?(_ text: some StringProtocol) {
        let isHex = text.utf8.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x66).contains($0) }
        guard text.utf8.count == Self.digitCount, isHex else { return nil }
        description = String(text)
    }

    fileprivate init(prefix: String) { description = prefix }
}
