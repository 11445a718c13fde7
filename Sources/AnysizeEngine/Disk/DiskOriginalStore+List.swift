package import AnysizeCore

extension DiskOriginalStore {
    /// Reads the names in all directories for each page, since ids are spread by a digest of theirs. So no index has
    /// to be kept right or held in memory, which is bounded by the page; and a page takes the longer the more originals
    /// there are. Good for people and for going through everything in pages of 1,000, not for being asked often.
    package func list(after: OriginalID?, limit: Int) async throws(StoreError) -> [OriginalRecord] {
        precondition((1...1001).contains(limit), "A page has 1 to 1,001 originals.")
        var page: [OriginalRecord] = []
        var last = after
        while page.count < limit {
            let wanted = limit - page.count
            let ids = try await smallestIDs(after: last, count: wanted)
            page += try await threads.read { () throws(StoreError) in try self.records(of: ids) }
            // Fewer records than ids where some were deleted just now: then the page isn't full, but not the last one
            // either.
            guard ids.count == wanted, let next = ids.last else { break }
            last = next
        }
        return page
    }

    /// One job for each of up to 256 groups of directories, so that other reads come in between.
    private func smallestIDs(after: OriginalID?, count: Int) async throws(StoreError) -> [OriginalID] {
        var smallest = SmallestIDs(after: after, countMax: count)
        for group in try await directoryGroups() {
            let before = smallest
            smallest = try await threads.read { () throws(StoreError) in
                var smallest = before
                for directory in try self.directories(in: group) { try self.collect(directory, into: &smallest) }
                return smallest
            }
        }
        return smallest.ids
    }

    /// The paths of the first level.
    func directoryGroups() async throws(StoreError) -> [String] {
        try await threads.read { () throws(StoreError) in try self.directories(in: self.directory.originals) }
    }

    // MARK: - Blocking

    /// The directories of the fan-out in one directory.
    func directories(in path: String) throws(StoreError) -> [String] {
        try names(in: path).filter { $0.utf8.count == 2 && Hex.decode($0) != nil }.map { "\(path)/\($0)" }
    }

    func names(in path: String) throws(StoreError) -> [String] {
        do { return try files.names(in: path) } catch { throw StoreError(error) }
    }

    private func collect(_ directory: String, into smallest: inout SmallestIDs) throws(StoreError) {
        let names = try names(in: directory)
        for name in names where name.hasSuffix("~record") {
            guard case .record(let id) = OriginalFileName(name), smallest.accepts(id) else { continue }
            // A tombstone has no bytes, so only what has none must be opened to know whether it is one.
            let hasBytes = names.contains { $0 != name && $0.hasPrefix("\(id)~") }
            if hasBytes || isListed(id) { smallest.insert(id) }
        }
    }

    private func isListed(_ id: OriginalID) -> Bool {
        if case .present = try? readRecord(place(of: id)) { true } else { false }
    }

    /// Leaves out what was deleted meanwhile, and what is damaged: one bad record must not hide all others. It is
    /// counted.
    private func records(of ids: [OriginalID]) throws(StoreError) -> [OriginalRecord] {
        var records: [OriginalRecord] = []
        for id in ids {
            do {
                if case .present(let record) = try readRecord(place(of: id)) { records.append(record) }
            } catch {
                guard case .damaged = error else { throw error }
            }
        }
        return records
    }
}

/// The first few ids, by bytes, of many that come in no order.
struct SmallestIDs: Sendable {
    private(set) var ids: [OriginalID] = []
    private let after: OriginalID?
    private let countMax: Int

    init(after: OriginalID?, countMax: Int) {
        self.after = after
        self.countMax = countMax
    }

    func accepts(_ id: OriginalID) -> Bool {
        if let after, id <= after { return false }
        guard ids.count == countMax, let last = ids.last else { return true }
        return id < last
    }

    mutating func insert(_ id: OriginalID) {
        guard accepts(id) else { return }
        if ids.count == countMax { ids.removeLast() }
        var low = 0
        var high = ids.count
        while low < high {
            let middle = (low + high) / 2
            if ids[middle] < id { low = middle + 1 } else { high = middle }
        }
        ids.insert(id, at: low)
    }
}
