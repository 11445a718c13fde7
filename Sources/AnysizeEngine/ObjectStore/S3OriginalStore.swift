package import AnysizeCore
package import Logging
package import Metrics
package import NIOCore
package import S3
import Synchronization

#if canImport(FoundationEssentials)
    package import FoundationEssentials
#else
    package import Foundation
#endif

/// Originals in a bucket of an S3-compatible server, shared by any number of nodes.
///
/// One object for each id, `<prefix><id>`: its body is the original, its metadata the record, so one write is the moment at which
/// both exist. A deleted original leaves a tombstone in its place. Writers look first, then write on the condition that what they
/// saw is still there, and look again where it isn't: so conditions and outcomes are exact, whatever other nodes do. Of the
/// server this takes strong consistency and conditional writes that are atomic; ``prove()`` shows whether it knows them at all.
///
/// It remembers nothing but checksums: each question is a request. Bytes wait in a file of this node until they are committed.
package final class S3OriginalStore: OriginalStore {
    let client: S3Client
    /// Empty, or with a slash at its end.
    let prefix: String
    let rules: S3StoreRules
    let logger: Logger
    let faults: StoreFaults
    let locks = KeyedLock<OriginalID>()
    let proof = Mutex(Proof())
    private let staging: DataDirectory?
    private let threads: FileThreads
    private let files = FileSystem()
    private let digests = DigestCheck()
    private let changes = Atomic<UInt64>(0)

    /// - Parameters:
    ///   - prefix: of all keys, without a slash at its end; empty for none.
    ///   - staging: where bytes wait; nothing of it is needed after a restart. Nil where nothing is to be taken in.
    ///   - addresses: where to connect for a host's name, instead of asking the DNS.
    ///   - now: the clock on the wall, for signatures only.
    package init(
        _ location: S3Location, prefix: String, credentials: S3CredentialsSource, staging: DataDirectory?,
        threads: FileThreads, rules: S3StoreRules = S3StoreRules(), addresses: [String: String] = [:],
        metrics: any MetricsFactory = MetricsSystem.factory, logger: Logger,
        now: @escaping @Sendable () -> Date = { Date() }
    ) {
        let requests = S3StoreMetrics(metrics)
        client = S3Client(
            location, credentials: credentials, limits: rules.limits, retries: rules.retries, addresses: addresses,
            observe: { event in
                requests.count(event)
                if case .renewalFailed(let error) = event {
                    logger.warning("Credentials of the object store can't be renewed", metadata: ["error": "\(error)"])
                }
            }, now: now
        )
        self.prefix = prefix.isEmpty ? "" : prefix + "/"
        self.rules = rules
        self.staging = staging
        self.threads = threads
        self.logger = logger
        faults = StoreFaults(metrics, store: "s3")
    }

    package func find(_ id: OriginalID) async throws(StoreError) -> StoreEntry? {
        try await look(id, until: .now + .seconds(rules.limits.requestSeconds))?.stored.entry
    }

    /// Nothing is remembered, so there is nothing to know without asking.
    package func peek(_ id: OriginalID) -> StoreEntry? { nil }

    /// Counts the changes made here; those of other nodes aren't known.
    package var changeCount: UInt64 { changes.load(ordering: .acquiring) }

    package func read(_ record: OriginalRecord) async throws(StoreError) -> ByteBuffer {
        // What is wrong may have gone wrong on the way here, so it takes two looks to call it damage.
        for _ in 0..<2 {
            if let bytes = try await soundBytes(of: record) { return bytes }
        }
        faults.count(.damagedBytes)
        throw .damaged(detail: "the bytes of \(record.id) don't match their digest")
    }

    package func stage() async throws(StoreError) -> any StagedOriginal {
        guard let staging else { throw .unavailable(detail: "this store takes nothing in") }
        return try await threads.write { () throws(StoreError) -> DiskStagedOriginal in
            try StoreError.wrapping { () throws(FileError) in
                let file = try self.files.create(staging.newStagingPath())
                return DiskStagedOriginal(file, threads: self.threads, files: self.files)
            }
        }
    }

    func key(of id: OriginalID) -> String { prefix + id.description }

    /// Before whoever asked for a change is told of it, also where it may not have happened.
    func countChange() { changes.wrappingAdd(1, ordering: .releasing) }

    /// What is there, the tag by which a write can depend on it, and the length of the object. Nil where nothing is.
    func look(
        _ id: OriginalID, until deadline: ContinuousClock.Instant
    ) async throws(StoreError) -> (stored: StoredOriginal, entityTag: String, byteCount: Int?)? {
        let head: S3ObjectHead
        do throws(S3Error) { head = try await client.head(key(of: id), until: deadline) } catch {
            guard error == .notFound else { throw fault(error) }
            try await requireBucket(until: deadline)
            return nil
        }
        return (try stored(head, of: id), head.entityTag, head.byteCount)
    }

    func stored(_ head: S3ObjectHead, of id: OriginalID) throws(StoreError) -> StoredOriginal {
        do { return try StoredOriginal.read(head.metadata, of: id) } catch {
            if case .damaged = error { faults.count(.damagedRecord) }
            throw error
        }
    }

    /// Nil where they don't match.
    /// - Throws: `.missing` where the object is another version, a tombstone or none.
    func soundBytes(of record: OriginalRecord) async throws(StoreError) -> ByteBuffer? {
        let isOurs: @Sendable (S3ObjectHead) -> Bool = { head in
            (try? StoredOriginal.read(head.metadata, of: record.id))?.record?.digest == record.digest
        }
        let (head, bytes): (S3ObjectHead, ByteBuffer)
        do throws(S3Error) {
            let seconds = rules.limits.requestSeconds(moving: record.byteCount)
            (head, bytes) = try await client.get(
                key(of: record.id), byteCountMax: record.byteCount, until: .now + .seconds(seconds), where: isOurs
            )
        } catch {
            switch error {
            case .notFound: throw .missing
            case .tooLong: return nil
            default: throw fault(error)
            }
        }
        guard isOurs(head) else {
            // Another's record is one thing, an unreadable one another.
            _ = try stored(head, of: record.id)
            throw .missing
        }
        guard bytes.readableBytes == record.byteCount else { return nil }
        return try await threads.read { () throws(StoreError) in
            self.digests.isSound(bytes, record.digest) ? bytes : nil
        }
    }

    /// What an operator has to mend is logged; what passes is counted only.
    func fault(_ error: S3Error) -> StoreError {
        switch error {
        case .denied, .clockSkewed, .noSuchBucket, .noCredentials, .rejected, .malformed:
            if proof.withLock({ $0.mayLog(.now) }) {
                logger.error(
                    "The object store refuses to work",
                    metadata: ["store.bucket": "\(client.location.bucket)", "error": "\(error)"]
                )
            }
        default: break
        }
        return StoreError(error)
    }
}

/// How the store goes about its work.
package struct S3StoreRules: Sendable {
    package var limits = S3Limits()
    package var retries = RetryRule()
    /// Longer originals are written in parts, in bytes. What is written in one request is safe from other nodes on every server
    /// with conditional writes; completing parts on a condition is atomic on fewer. 64 MB is above the default of the largest upload.
    package var singleByteCountMax = 64_000_000
    /// Of each part, in bytes; at least 5 MiB.
    package var partByteCount = 16 * 1024 * 1024
    /// Other nodes' writes of the same id that one write may find in its way.
    package var roundsMax = 100
    /// Between two proofs that the server can do all that is needed, in seconds; checks in between only ask for the bucket.
    package var proofSeconds = 60.0

    package init() {}
}
