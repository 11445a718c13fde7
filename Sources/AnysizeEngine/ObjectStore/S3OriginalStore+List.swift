package import AnysizeCore
import S3

extension S3OriginalStore {
    /// The server knows the keys in order; what each is takes a request of its own, sixteen at a time.
    package func list(after: OriginalID?, limit: Int) async throws(StoreError) -> [OriginalRecord] {
        precondition((1...1001).contains(limit), "A page has 1 to 1,001 originals.")
        var page: [OriginalRecord] = []
        var last = after.map { key(of: $0) }
        while page.count < limit {
            let keys = try await keys(after: last, limit: min(1000, limit - page.count))
            let ids = keys.keys.compactMap { OriginalID($0.dropFirst(prefix.count)) }
            page += try await records(of: ids)
            guard keys.isTruncated, let next = keys.keys.last else { break }
            last = next
        }
        return page
    }

    /// Aborts uploads in parts that nobody has finished for a day: their node has gone.
    /// - Returns: how many.
    @discardableResult
    package func sweepUploads(olderThanSeconds age: Int = 86_400, now: Int) async -> Int {
        var count = 0
        for upload in (try? await client.unfinishedUploads(prefix: prefix)) ?? [] {
            // The prefix of another store may begin like ours.
            guard OriginalID(upload.key.dropFirst(prefix.count)) != nil, let begun = upload.begunSeconds,
                begun <= now - age, !Task.isCancelled
            else { continue }
            if (try? await client.abort(S3Upload(key: upload.key, id: upload.id))) != nil {
                faults.count(.orphan)
                count += 1
            }
        }
        return count
    }

    private func keys(after: String?, limit: Int) async throws(StoreError) -> S3KeyPage {
        do throws(S3Error) { return try await client.list(prefix: prefix, after: after, limit: limit) } catch {
            throw fault(error)
        }
    }

    private static let headCountMax = 16

    /// In the order of the ids. Leaves out what was deleted, and what is damaged: one bad record must not hide all others.
    private func records(of ids: [OriginalID]) async throws(StoreError) -> [OriginalRecord] {
        let result = await withTaskGroup(of: (Int, Result<OriginalRecord?, StoreError>).self) { group in
            var found: [OriginalRecord?] = Array(repeating: nil, count: ids.count)
            var next = 0
            var running = 0
            while next < ids.count || running > 0 {
                if next < ids.count, running < Self.headCountMax {
                    let (number, id) = (next, ids[next])
                    group.addTask { (number, await self.listed(id)) }
                    next += 1
                    running += 1
                    continue
                }
                guard let (number, result) = await group.next() else { break }
                running -= 1
                switch result {
                case .success(let record): found[number] = record
                case .failure(let error):
                    group.cancelAll()
                    return Result<[OriginalRecord], StoreError>.failure(error)
                }
            }
            return .success(found.compactMap { $0 })
        }
        return try result.get()
    }

    private func listed(_ id: OriginalID) async -> Result<OriginalRecord?, StoreError> {
        do throws(StoreError) {
            guard case .present(let record) = try await find(id) else { return .success(nil) }
            return .success(record)
        } catch {
            if case .damaged = error { return .success(nil) }
            return .failure(error)
        }
    }
}
