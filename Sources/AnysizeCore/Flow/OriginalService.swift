package import NIOCore

/// Everything about originals but taking them in.
package struct OriginalService: Sendable {
    private let store: any OriginalStore
    private let cache: TieredCache
    private let lane: DecodeLane
    private let deadlineSeconds: Double

    /// - Parameter lane: for what is read from the bytes themselves.
    package init(store: any OriginalStore, cache: TieredCache, lane: DecodeLane, deadlineSeconds: Double) {
        self.store = store
        self.cache = cache
        self.lane = lane
        self.deadlineSeconds = deadlineSeconds
    }

    package func record(_ id: OriginalID) async throws(AnysizeError) -> OriginalRecord { try await store.present(id) }

    /// The uploaded bytes, checked, with their record.
    package func bytes(_ id: OriginalID) async throws(AnysizeError) -> (OriginalRecord, ByteBuffer) {
        let record = try await store.present(id)
        do throws(AnysizeError) { return (record, try await store.bytes(of: record)) } catch {
            // Replaced between the two look-ups: once more, with the record that is there now.
            guard case .unknownOriginal = error else { throw error }
            let current = try await store.present(id)
            return (current, try await store.bytes(of: current))
        }
    }

    /// What a camera wrote, read from the bytes at each request: records don't keep what is nobody's business.
    package func exif(of record: OriginalRecord) async throws(AnysizeError) -> ExifFields {
        let deadline = ContinuousClock.now + .seconds(deadlineSeconds)
        // A mark of its own: what can't be read here says nothing of the picture.
        let subject = Digest(of: ByteBuffer(string: "exif of \(record.digest)"))
        return try await lane.decode(
            subject, of: record.digest, isStored: true, cost: Self.exifSeconds,
            load: { () async throws(AnysizeError) in try await store.bytes(of: record) },
            work: { (decoder, bytes) async throws(RenderError) in
                try await decoder.exif(of: bytes, deadline: deadline)
            }
        ).value
    }

    /// Only a header is read; the way to a helper takes longer.
    private static let exifSeconds = 0.005

    /// A page of records, by id.
    package func list(after: OriginalID?, limit: Int) async throws(AnysizeError) -> [OriginalRecord] {
        do throws(StoreError) { return try await store.list(after: after, limit: limit) } catch {
            throw AnysizeError(error)
        }
    }

    /// Deleting takes a little room too, for the note that it was there; on a full disk variants have to give way for it.
    private func remove(_ id: OriginalID, if condition: WriteCondition) async throws(StoreError) -> OriginalRecord? {
        do throws(StoreError) { return try await store.delete(id, if: condition) } catch {
            guard case .full = error else { throw error }
            await cache.giveWay()
            return try await store.delete(id, if: condition)
        }
    }

    /// Deletes an original and forgets its variants: first the original, so that no render can bring a variant back.
    /// - Returns: how many variants each tier had.
    package func delete(
        _ id: OriginalID, if condition: WriteCondition = .always
    ) async throws(AnysizeError) -> (
        record: OriginalRecord, variants: [String: Int]
    ) {
        let deleted: OriginalRecord?
        do throws(StoreError) { deleted = try await remove(id, if: condition) } catch {
            throw AnysizeError(error)
        }
        guard let deleted else {
            _ = try await store.present(id)
            throw .unknownOriginal
        }
        return (deleted, await cache.removeAll(of: OriginalTag(deleted.digest)))
    }
}
