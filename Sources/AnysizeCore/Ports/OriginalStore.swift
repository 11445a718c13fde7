package import NIOCore

/// Where originals live: the truth. What it has acknowledged is there, byte for byte, until it is deleted; it may fail a
/// request, and then says so. Every adapter passes the same conformance suite.
package protocol OriginalStore: Sendable {
    /// What is known of an id; nil where it was never stored.
    func find(_ id: OriginalID) async throws(StoreError) -> StoreEntry?

    /// What is known of an id without waiting: as right as what ``find(_:)`` gives, or nil where it would have to look.
    func peek(_ id: OriginalID) -> StoreEntry?

    /// Grows with each change of any original, before whoever asked for the change is told of it. As long as it stays the same,
    /// what ``peek(_:)`` has said still holds.
    var changeCount: UInt64 { get }

    /// The bytes of an original, checked against its digest.
    /// - Throws: `.damaged` where they differ; `.missing` where the record has been replaced or deleted meanwhile.
    func read(_ record: OriginalRecord) async throws(StoreError) -> ByteBuffer

    /// Opens a place for an upload's bytes; nothing of it is visible before ``commit(_:as:if:)``.
    func stage() async throws(StoreError) -> any StagedOriginal

    /// Makes staged bytes the original of `record.id`, durably, and atomically with the record: after this returns they survive
    /// a power cut. A moment before it returns the new original may already be seen, never a part of it. Uses up the staged
    /// bytes, also on failure. The same bytes again are made durable again, and mend stored ones that are damaged.
    func commit(
        _ staged: any StagedOriginal, as record: OriginalRecord, if condition: WriteCondition
    ) async throws(StoreError) -> CommitOutcome

    /// Deletes an original, durably, and remembers that it was there.
    /// - Returns: the record it had; nil where there was none.
    func delete(_ id: OriginalID, if condition: WriteCondition) async throws(StoreError) -> OriginalRecord?

    /// Records in the order of their ids, by bytes. Records that can't be read are left out.
    /// - Parameters:
    ///   - after: the last id of the page before; nil for the first page.
    ///   - limit: at most that many, 1 to 1,001: a page of 1,000 and one to know that there is more.
    func list(after: OriginalID?, limit: Int) async throws(StoreError) -> [OriginalRecord]

    /// Throws where the store can't be read or written right now.
    func check() async throws(StoreError)
}

extension OriginalStore {
    /// Deletes whatever version is there.
    package func delete(_ id: OriginalID) async throws(StoreError) -> OriginalRecord? {
        try await delete(id, if: .always)
    }
}

/// Bytes on their way into a store.
package protocol StagedOriginal: Sendable {
    /// Appends. One caller at a time.
    func append(_ bytes: ByteBuffer) async throws(StoreError)
    /// All bytes so far, for the look at them before they are committed.
    func bytes() async throws(StoreError) -> ByteBuffer
    /// Throws everything away. Without effect after a commit.
    func discard() async
}

/// What a store knows of an id.
package enum StoreEntry: Hashable, Sendable {
    case present(OriginalRecord)
    case deleted
}

/// When a write may happen (RFC 9110, 13.1).
package enum WriteCondition: Hashable, Sendable {
    case always
    /// Only where there is no original: `If-None-Match: *`.
    case absent
    /// Only where the original has one of these digests: `If-Match`.
    case matching([Digest])
    /// Only where there is any original: `If-Match: *`.
    case present
}

/// What a commit did.
package enum CommitOutcome: Hashable, Sendable {
    /// Nobody has ever seen an original of that id.
    case created
    /// There was one, and it is deleted; or what is there can't be read.
    case recreated
    case replaced(OriginalRecord)
    /// The very same bytes were there already; the record that stays.
    case unchanged(OriginalRecord)

    /// There was nothing to be had under that id before.
    package var isNew: Bool { self == .created || self == .recreated }
}

/// Why a store couldn't do what was asked. `detail` is for logs.
package enum StoreError: Error, Hashable, Sendable {
    case full(detail: String)
    case unavailable(detail: String)
    /// The bytes are not those of the digest.
    case damaged(detail: String)
    /// The record is there no more.
    case missing
    case conditionFailed
}

extension StoreError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .full(let detail): "the store is full: \(detail)"
        case .unavailable(let detail), .damaged(let detail): detail
        case .missing: "the original is there no more"
        case .conditionFailed: "the condition doesn't hold"
        }
    }
}

extension AnysizeError {
    package init(_ error: StoreError) {
        self =
            switch error {
            case .full: .storeFull
            case .unavailable(let detail): .storeFailed(cause: detail)
            case .damaged: .originalDamaged
            case .missing: .unknownOriginal
            case .conditionFailed: .preconditionFailed
            }
    }
}
