import AnysizeCore
import S3

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// What an object's metadata says of the original: one header of Base64, with a checksum after a dot.
///
/// Metadata is ASCII, and 2 KB in all. A record takes 800 to 1,900 bytes in this spelling. Where it would take more, it does without the
/// preview, then without the palette; and the longest profile name is cut. The checksum is there because a wrong width is harder to notice than a wrong byte of a picture.
struct StoredOriginal: Codable, Hashable {
    /// Raised when an older Anysize couldn't understand it.
    static let versionMax = 1
    /// The header's name, after `x-amz-meta-`.
    static let metadataName = "anysize"
    /// Room for names and values together is 2,048 bytes; some servers count the headers' prefixes too.
    static let byteCountMax = 1_900

    private var version = versionMax
    /// Nil where the original has been deleted.
    private(set) var record: OriginalRecord?
    private(set) var deleted: Date?
    /// Another one for each write, by which a writer whose answer got lost knows its own work.
    let write: WriteMark

    static func present(_ record: OriginalRecord, _ write: WriteMark) -> StoredOriginal {
        StoredOriginal(record: record, write: write)
    }

    static func deleted(at time: Date, _ write: WriteMark) -> StoredOriginal {
        StoredOriginal(deleted: time, write: write)
    }

    /// - Throws: `.unavailable` where it is too long for any server.
    func metadata() throws(StoreError) -> [String: String] {
        var shortened = self
        while true {
            let text = try shortened.encoded()
            if text.utf8.count <= Self.byteCountMax { return [Self.metadataName: text] }
            if shortened.record?.facts.preview != nil {
                shortened.record?.facts.preview = nil
                continue
            }
            if shortened.record?.facts.palette != nil {
                shortened.record?.facts.palette = nil
                continue
            }
            guard let profile = shortened.record?.facts.profile, !profile.isEmpty else {
                throw .unavailable(detail: "the record is too long for an object's metadata")
            }
            shortened.record?.facts.profile = String(profile.prefix(profile.count * 3 / 4))
        }
    }

    /// - Throws: `.damaged` where it isn't what was written for that id.
    static func read(_ metadata: [String: String], of id: OriginalID) throws(StoreError) -> StoredOriginal {
        guard let text = metadata[metadataName] else {
            throw .damaged(detail: "the object of \(id) has no record; something else has written it")
        }
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 2, let data = Data(base64Encoded: String(parts[0])), check(of: data) == parts[1] else {
            throw .damaged(detail: "the record of \(id) doesn't match its check")
        }
        let stored: StoredOriginal
        do { stored = try JSONDecoder().decode(StoredOriginal.self, from: data) } catch {
            throw .damaged(detail: "the record of \(id) can't be decoded: \(error)")
        }
        guard stored.version <= versionMax else {
            throw .unavailable(detail: "the record of \(id) was written by a newer version (\(stored.version))")
        }
        guard stored.deleted != nil || stored.record?.id == id else {
            throw .damaged(detail: "the record of \(id) is another's")
        }
        return stored
    }

    var entry: StoreEntry {
        guard deleted == nil, let record else { return .deleted }
        return .present(record)
    }

    private func encoded() throws(StoreError) -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        do {
            let data = try encoder.encode(self)
            return "\(data.base64EncodedString()).\(Self.check(of: data))"
        } catch {
            throw .unavailable(detail: "a record can't be encoded: \(error)")
        }
    }

    private static func check(of data: Data) -> String {
        let sum = Array(data).withUnsafeBytes { XXH64.hash($0) }
        return Hex.encode((0..<8).reversed().map { UInt8(truncatingIfNeeded: sum >> ($0 * 8)) })
    }
}

/// Which write an object comes from: 96 random bits.
struct WriteMark: Codable, Hashable, Sendable {
    let text: String

    init() {
        text = Hex.encode((0..<12).map { _ in UInt8.random(in: .min ... .max) })
    }

    init(from decoder: any Decoder) throws { text = try decoder.singleValueContainer().decode(String.self) }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(text)
    }
}
