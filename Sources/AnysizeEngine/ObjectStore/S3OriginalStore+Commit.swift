package import AnysizeCore
import NIOCore
import S3

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

// Everything that changes what the store holds.
//
// A write depends on the entity tag that was seen before. Tags differ where bytes do, so a tombstone has bytes too, other ones each
// time. An original that goes and comes back between a look and the write has its old tag again, and is as good as the one seen.
extension S3OriginalStore {
    package func commit(
        _ staged: any StagedOriginal, as record: OriginalRecord, if condition: WriteCondition
    ) async throws(StoreError) -> CommitOutcome {
        guard let staged = staged as? DiskStagedOriginal else {
            preconditionFailure("A store commits only what it has staged itself.")
        }
        let deadline = ContinuousClock.now + .seconds(rules.limits.requestSeconds(moving: record.byteCount))
        do {
            // Writers of this node wait for one another here, instead of undoing one another's work there.
            let outcome = try await locks.withLock(record.id) { () throws(StoreError) in
                try await self.commit(staged, as: record, if: condition, until: deadline)
            }
            await staged.discard()
            return outcome
        } catch {
            await staged.discard()
            throw error
        }
    }

    package func delete(
        _ id: OriginalID, if condition: WriteCondition
    ) async throws(StoreError) -> OriginalRecord? {
        let deadline = ContinuousClock.now + .seconds(rules.limits.requestSeconds)
        return try await locks.withLock(id) { () throws(StoreError) in
            let write = WriteMark()
            var attempted: OriginalRecord?
            for _ in 0..<self.rules.roundsMax {
                let seen = try await self.look(id, until: deadline)
                if let attempted, seen?.stored.write == write { return attempted }
                guard condition.allows(seen?.stored.entry) else { throw .conditionFailed }
                guard let seen, case .present(let old) = seen.stored.entry else { return nil }
                attempted = old
                let tombstone = StoredOriginal.deleted(at: Date(), write)
                let facts = S3ObjectFacts(contentType: "text/plain", metadata: try tombstone.metadata())
                let body = S3Body.bytes(ByteBuffer(string: "deleted \(write.text)\n"))
                if try await self.writes(body, to: id, as: facts, if: .matching(seen.entityTag), until: deadline) {
                    return old
                }
            }
            throw Self.contention
        }
    }

    private func commit(
        _ staged: DiskStagedOriginal, as record: OriginalRecord, if condition: WriteCondition,
        until deadline: ContinuousClock.Instant
    ) async throws(StoreError) -> CommitOutcome {
        let pieces = try await staged.pieces(of: record)
        let write = WriteMark()
        var attempted: CommitOutcome?
        for _ in 0..<rules.roundsMax {
            let seen = try await self.seen(record.id, mends: condition == .always, until: deadline)
            // An answer got lost: it was this very write that is in the way.
            if let attempted, seen?.write == write { return attempted }
            guard condition.allows(seen?.entry) else { throw .conditionFailed }
            var stored = StoredOriginal.present(record, write)
            let outcome: CommitOutcome
            if let seen, case .present(let old) = seen.entry {
                outcome = old.digest == record.digest ? .unchanged(old) : .replaced(old)
                if old.digest == record.digest {
                    if try await isSound(old) { return outcome }
                    stored = .present(old, write)
                }
            } else {
                outcome = seen == nil ? .created : .recreated
            }
            attempted = outcome
            let facts = S3ObjectFacts(contentType: record.facts.format.mediaType, metadata: try stored.metadata())
            let tag = seen.map { S3Condition.matching($0.entityTag) } ?? .absent
            if try await writes(.pieces(pieces), to: record.id, as: facts, if: tag, until: deadline) {
                if case .unchanged = outcome { faults.count(.healed) }
                return outcome
            }
        }
        throw Self.contention
    }

    /// What a writer finds.
    private struct Seen {
        var entry: StoreEntry
        var entityTag: String
        /// Nil where it can't be told.
        var write: WriteMark?
    }

    /// A record that can't be read stops all but an unconditional upload, which mends the id; like a tombstone it is then
    /// replaced and not named as what was replaced.
    private func seen(
        _ id: OriginalID, mends: Bool, until deadline: ContinuousClock.Instant
    ) async throws(StoreError) -> Seen? {
        do throws(StoreError) {
            return try await look(id, until: deadline).map {
                Seen(entry: $0.stored.entry, entityTag: $0.entityTag, write: $0.stored.write)
            }
        } catch {
            guard case .damaged = error, mends else { throw error }
        }
        do throws(S3Error) {
            let tag = try await client.head(key(of: id), until: deadline).entityTag
            return Seen(entry: .deleted, entityTag: tag, write: nil)
        } catch {
            guard error == .notFound else { throw fault(error) }
            return nil
        }
    }

    /// Whether stored bytes are there and right. One that is replaced meanwhile isn't; the look after the write will tell.
    private func isSound(_ record: OriginalRecord) async throws(StoreError) -> Bool {
        do throws(StoreError) { return try await soundBytes(of: record) != nil } catch {
            guard case .missing = error else { throw error }
            return false
        }
    }

    /// - Returns: false where the condition doesn't hold, any more perhaps: a write of ours may be what changed that.
    private func writes(
        _ body: S3Body, to id: OriginalID, as facts: S3ObjectFacts, if condition: S3Condition,
        until deadline: ContinuousClock.Instant
    ) async throws(StoreError) -> Bool {
        defer { countChange() }
        do throws(S3Error) {
            if case .pieces(let pieces) = body, pieces.byteCount > rules.singleByteCountMax {
                try await client.putInParts(
                    key(of: id), pieces, partByteCount: rules.partByteCount, as: facts, if: condition, until: deadline
                )
            } else {
                _ = try await client.put(key(of: id), body, as: facts, if: condition, until: deadline)
            }
            return true
        } catch {
            switch error {
            case .preconditionFailed, .noSuchUpload: return false
            default: throw fault(error)
            }
        }
    }

    private static var contention: StoreError {
        .unavailable(detail: "object store: other nodes keep writing the same original")
    }
}

extension DiskStagedOriginal {
    /// The staged bytes as they are sent.
    /// - Throws: `.unavailable` where they aren't those of the record.
    fileprivate func pieces(of record: OriginalRecord) async throws(StoreError) -> S3Pieces {
        let count = try await byteCountNow()
        guard count == record.byteCount else {
            throw .unavailable(detail: "the staged bytes of \(record.id) are not \(record.byteCount)")
        }
        return S3Pieces(byteCount: record.byteCount, digest: record.digest.bytes) { count, offset in
            try await self.piece(count, at: offset)
        }
    }
}
