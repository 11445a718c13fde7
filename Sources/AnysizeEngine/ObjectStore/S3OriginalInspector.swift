package import AnysizeCore
package import NIOCore
import S3
import struct Crypto.SHA256

/// Looks through the originals of a bucket that services may be using at this very moment.
///
/// A record and its bytes are one object, so there is no order in which they could be seen apart; each read is bound to the entity tag
/// of the look before it, and begins anew where that has changed.
package struct S3OriginalInspector: OriginalInspector {
    private let store: S3OriginalStore
    private let pageKeyCount: Int

    /// Bytes that are asked for at once.
    static let chunkByteCount = 8 * 1024 * 1024
    /// What ids may begin with, in the order of their bytes.
    private static let beginnings = "-0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz".map {
        String($0)
    }

    /// - Parameter pageKeyCount: keys that are listed at once, 1 to 1,000.
    package init(_ store: S3OriginalStore, pageKeyCount: Int = 1000) {
        self.store = store
        self.pageKeyCount = pageKeyCount
    }

    /// First characters of ids.
    package func pieces() async throws(StoreError) -> [String] {
        do throws(S3Error) { try await store.client.checkBucket() } catch { throw store.fault(error) }
        return Self.beginnings
    }

    package func ids(in piece: String) async throws(StoreError) -> [OriginalID] {
        var ids: [OriginalID] = []
        var last: String?
        while true {
            let page: S3KeyPage
            do throws(S3Error) {
                page = try await store.client.list(prefix: store.prefix + piece, after: last, limit: pageKeyCount)
            } catch { throw store.fault(error) }
            ids += page.keys.compactMap { OriginalID($0.dropFirst(store.prefix.count)) }
            guard page.isTruncated, let next = page.keys.last else { return ids }
            last = next
        }
    }

    package func inspect(_ id: OriginalID, pace: @Sendable (Int) async -> Void) async -> Inspection {
        var last: (entityTag: String, result: Inspection)?
        while !Task.isCancelled {
            let found: (stored: StoredOriginal, entityTag: String, byteCount: Int?)?
            do throws(StoreError) {
                found = try await store.look(id, until: .now + .seconds(store.rules.limits.requestSeconds))
            } catch { return Inspection(error) }
            guard let found, case .present(let record) = found.stored.entry else { return .gone }
            // Wrong twice under the same tag: that wasn't the way here.
            if let last, last.entityTag == found.entityTag { return last.result }
            if let byteCount = found.byteCount, byteCount != record.byteCount {
                return .damaged(detail: "\(store.key(of: id)) has \(byteCount) bytes, not \(record.byteCount)")
            }
            guard let result = await bytes(of: record, found.entityTag, pace) else { continue }
            guard case .sound = result else {
                last = (found.entityTag, result)
                continue
            }
            return result
        }
        return last?.result ?? .gone
    }

    package func read(_ id: OriginalID) async -> (record: OriginalRecord, bytes: ByteBuffer)? {
        guard case .present(let record)? = try? await store.find(id), let bytes = try? await store.read(record) else {
            return nil
        }
        return (record, bytes)
    }

    /// Nil where the object is another one by now.
    private func bytes(
        of record: OriginalRecord, _ entityTag: String, _ pace: @Sendable (Int) async -> Void
    ) async -> Inspection? {
        let key = store.key(of: record.id)
        var hash = SHA256()
        var done = 0
        do throws(S3Error) {
            while done < record.byteCount, !Task.isCancelled {
                let count = min(Self.chunkByteCount, record.byteCount - done)
                await pace(count)
                let chunk = try await store.client.get(
                    key, range: done..<(done + count), ifMatch: entityTag, byteCountMax: count
                ).bytes
                guard chunk.readableBytes == count else {
                    return .damaged(detail: "\(key) has \(done + chunk.readableBytes) bytes, not \(record.byteCount)")
                }
                chunk.withUnsafeReadableBytes { hash.update(bufferPointer: $0) }
                done += count
            }
        } catch {
            switch error {
            case .notFound, .preconditionFailed: return nil
            case .rejected: return .damaged(detail: "\(key) has no byte \(done): \(error)")
            default: return .unreadable(detail: "\(store.fault(error))")
            }
        }
        guard Digest(hash.finalize()) == record.digest else {
            return .damaged(detail: "\(key) doesn't match its digest")
        }
        return .sound(byteCount: record.byteCount)
    }
}
