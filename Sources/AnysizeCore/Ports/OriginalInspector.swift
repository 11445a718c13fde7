package import NIOCore

/// Looks through a store for originals that are no longer what was taken in: reads, and changes nothing.
///
/// Made for a look beside a running service, so it claims nothing, and originals may come, change and go meanwhile.
package protocol OriginalInspector: Sendable {
    /// The store's pieces, in an order that stays the same; what a look that was interrupted can go on from.
    func pieces() async throws(StoreError) -> [String]

    /// The ids of which a piece has a record, right or wrong.
    func ids(in piece: String) async throws(StoreError) -> [OriginalID]

    /// Reads an original whole, piece by piece, and compares it with its digest.
    /// - Parameter pace: called with a number of bytes before they are read; returns when they may be.
    func inspect(_ id: OriginalID, pace: @Sendable (Int) async -> Void) async -> Inspection

    /// An original with its bytes, checked against its digest; nil where it is gone, or isn't sound.
    func read(_ id: OriginalID) async -> (record: OriginalRecord, bytes: ByteBuffer)?
}

/// What a look at an original has shown.
package enum Inspection: Hashable, Sendable {
    /// Byte for byte what was taken in.
    case sound(byteCount: Int)
    /// Deleted, perhaps just now.
    case gone
    /// It is there, but isn't what was taken in.
    case damaged(detail: String)
    /// There is a record of it, and no bytes.
    case missing(detail: String)
    /// It can't be told.
    case unreadable(detail: String)
}
