import CoreMetrics
package import NIOCore

extension OriginalStore {
    /// The record of an id that is there.
    package func present(_ id: OriginalID) async throws(AnysizeError) -> OriginalRecord {
        let entry: StoreEntry?
        do throws(StoreError) { entry = try await find(id) } catch { throw AnysizeError(error) }
        switch entry {
        case .present(let record): return record
        case .deleted: throw .deletedOriginal
        case nil: throw .unknownOriginal
        }
    }

    /// An original's bytes, checked; a fault is counted here.
    package func bytes(of record: OriginalRecord) async throws(AnysizeError) -> ByteBuffer {
        do throws(StoreError) { return try await read(record) } catch {
            if case .damaged = error { FlowMetrics.originalsDamaged.increment() }
            throw AnysizeError(error)
        }
    }

    /// Whether the id still means those very bytes. A store that fails to say so counts as yes: caches are only hints.
    package func isCurrent(_ record: OriginalRecord) async -> Bool {
        do throws(StoreError) {
            guard case .present(let found) = try await find(record.id) else { return false }
            return found.digest == record.digest
        } catch { return true }
    }
}
