import Synchronization

/// Compares every original of a store with its digest, one after the other and no faster than allowed.
package struct Verification: Sendable {
    private let inspector: any OriginalInspector
    private let start: String?
    private let pace: Pace
    private let found: @Sendable (VerificationFinding) -> Void
    package let ledger: VerificationLedger

    /// - Parameters:
    ///   - bytesPerSecondMax: 0 for no bound.
    ///   - start: the piece to begin with; nil for the first.
    ///   - found: told of each original that isn't sound, at once.
    package init(
        of inspector: any OriginalInspector, bytesPerSecondMax: Int, from start: String? = nil,
        ledger: VerificationLedger, found: @escaping @Sendable (VerificationFinding) -> Void
    ) {
        self.inspector = inspector
        self.start = start
        pace = Pace(RateBound(rate: bytesPerSecondMax))
        self.ledger = ledger
        self.found = found
    }

    /// Returns at the end, or early where the task is cancelled: then ``VerificationCounts/piece`` tells where to go on.
    /// - Throws: where the store as a whole can't be read.
    package func run() async throws(StoreError) {
        let pieces = try await inspector.pieces().filter { $0 >= (start ?? "") }
        async let count: Void = countOriginals(in: pieces)
        for piece in pieces {
            ledger.change { $0.piece = piece }
            let ids: [OriginalID]
            do throws(StoreError) { ids = try await inspector.ids(in: piece) } catch {
                note(VerificationFinding(piece: piece, error))
                continue
            }
            for id in ids {
                guard !Task.isCancelled else { return }
                let result = await inspector.inspect(id) { await pace.wait(for: $0) }
                // Half a look says nothing.
                guard !Task.isCancelled else { return }
                note(result, of: id)
            }
        }
        await count
        ledger.change { $0.piece = nil }
    }

    /// How many there are to come, by names alone.
    private func countOriginals(in pieces: [String]) async {
        for piece in pieces {
            guard !Task.isCancelled else { return }
            let count = (try? await inspector.ids(in: piece).count) ?? 0
            ledger.change { $0.found += count }
        }
        ledger.change { $0.isCounted = true }
    }

    private func note(_ result: Inspection, of id: OriginalID) {
        switch result {
        case .sound(let byteCount):
            ledger.change { counts in
                counts.sound += 1
                counts.bytes += byteCount
            }
        case .gone: ledger.change { $0.gone += 1 }
        case .damaged(let detail): note(VerificationFinding(kind: .damaged, id: id.description, detail: detail))
        case .missing(let detail): note(VerificationFinding(kind: .missing, id: id.description, detail: detail))
        case .unreadable(let detail): note(VerificationFinding(kind: .unreadable, id: id.description, detail: detail))
        }
    }

    private func note(_ finding: VerificationFinding) {
        ledger.change { $0.faults[finding.kind, default: 0] += 1 }
        found(finding)
    }

    /// Keeps time.
    private final class Pace: Sendable {
        private let bound: Mutex<RateBound>
        private let started = ContinuousClock.now

        init(_ bound: RateBound) { self.bound = Mutex(bound) }

        func wait(for byteCount: Int) async {
            let now = (ContinuousClock.now - started) / .seconds(1)
            let seconds = bound.withLock { $0.delaySeconds(for: byteCount, now: now) }
            if seconds > 0 { try? await Task.sleep(for: .seconds(seconds)) }
        }
    }
}

/// An original that isn't sound.
package struct VerificationFinding: Hashable, Sendable, Encodable {
    package enum Kind: String, Sendable, Encodable, CaseIterable {
        case damaged, missing, unreadable
        /// A variant that isn't what the pipeline makes.
        case differs
    }

    package let kind: Kind
    /// Of the original; nil where a whole piece of the store can't be read.
    package let id: String?
    package let detail: String

    package init(kind: Kind, id: String?, detail: String) {
        self.kind = kind
        self.id = id
        self.detail = detail
    }

    fileprivate init(piece: String, _ error: StoreError) {
        self.init(kind: .unreadable, id: nil, detail: "the part \(piece) of the store: \(error)")
    }
}

/// What a verification has done so far.
package struct VerificationCounts: Hashable, Sendable {
    /// Originals there are, as far as they have been counted.
    package var found = 0
    package var isCounted = false
    package var sound = 0
    /// Deleted ones, which have a record still.
    package var gone = 0
    package var faults: [VerificationFinding.Kind: Int] = [:]
    /// Of sound originals.
    package var bytes = 0
    /// The piece that is looked at now; nil before the first and after the last.
    package var piece: String?

    package init() {}

    package var done: Int { sound + gone + faults.values.reduce(0, +) }
}

/// The account of a running ``Verification``.
package final class VerificationLedger: Sendable {
    private let state = Mutex(VerificationCounts())

    package init() {}

    package var counts: VerificationCounts { state.withLock { $0 } }

    package func change(_ body: (inout VerificationCounts) -> Void) { state.withLock { body(&$0) } }
}
