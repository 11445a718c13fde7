package import AnysizeCore
import Logging
import NIOCore
import S3
import Synchronization

/// What a server turned out to be.
package enum S3Fitness: Hashable, Sendable {
    case fit
    /// It works, but can't do what the store's promises rest on; a sentence for the operator.
    case unfit(String)
    /// It doesn't work right now.
    case unknown(StoreError)
}

extension S3OriginalStore {
    /// What has been proved, and what has been logged.
    struct Proof {
        /// When all that is needed was seen to work.
        var proved: ContinuousClock.Instant?
        /// When the bucket was last known to be there.
        var bucketSeen: ContinuousClock.Instant?
        private var logged: ContinuousClock.Instant?

        /// One line in ten seconds: a broken store fails every request.
        mutating func mayLog(_ now: ContinuousClock.Instant) -> Bool {
            if let logged, now - logged < .seconds(10) { return false }
            logged = now
            return true
        }
    }

    /// All of ``prove()`` now and then; otherwise only whether the bucket is there. Writes cost money, and readiness asks often.
    package func check() async throws(StoreError) {
        let isProved = proof.withLock { $0.proved.map { .now - $0 < .seconds(rules.proofSeconds) } ?? false }
        do throws(StoreError) {
            if isProved {
                try await checkBucket(until: .now + .seconds(rules.limits.requestSeconds))
                return
            }
            switch await prove() {
            case .fit: return
            case .unfit(let reason): throw StoreError.unavailable(detail: reason)
            case .unknown(let error): throw error
            }
        } catch {
            // What failed once is looked at in full.
            proof.withLock { $0.proved = nil }
            throw error
        }
    }

    /// Writes an object, reads it back, and tries to write it again on conditions that don't hold, which must be refused.
    package func prove() async -> S3Fitness {
        let key = "\(prefix).probe-\(WriteMark().text)"
        let deadline = ContinuousClock.now + .seconds(rules.limits.requestSeconds)
        let result: S3Fitness
        do throws(S3Error) { result = try await prove(with: key, until: deadline) } catch {
            result = .unknown(fault(error))
        }
        // One that a crash leaves behind has a few bytes, and no list shows it.
        do throws(S3Error) { try await client.delete(key, until: deadline) } catch {
            return result == .fit ? .unknown(fault(error)) : result
        }
        if result == .fit {
            proof.withLock {
                $0.proved = .now
                $0.bucketSeen = .now
            }
        }
        return result
    }

    private func prove(with key: String, until deadline: ContinuousClock.Instant) async throws(S3Error) -> S3Fitness {
        do throws(S3Error) { _ = try await client.head(key, until: deadline) } catch {
            // Without the right to list, AWS says 403 of what isn't there, and then nothing could be told to be absent.
            guard error == .notFound else { throw error }
        }
        try await client.checkBucket(until: deadline)
        let facts = S3ObjectFacts(contentType: "text/plain", metadata: [StoredOriginal.metadataName: "probe"])
        let bytes = ByteBuffer(string: key)
        do throws(S3Error) {
            _ = try await client.put(key, .bytes(bytes), as: facts, if: .absent, until: deadline)
        } catch {
            // Nobody else has this key: the answer to an earlier try got lost. What is there is read below.
            guard error == .preconditionFailed else { throw error }
        }
        for (condition, name) in [(S3Condition.absent, "If-None-Match"), (.matching("\"0\""), "If-Match")] {
            do throws(S3Error) {
                _ = try await client.put(
                    key, .bytes(ByteBuffer(string: "x")), as: facts, if: condition, until: deadline)
                return .unfit(
                    "The server at \(client.location.endpoint) ignores \(name) when it writes. Without conditional writes two nodes "
                        + "could each be told that they have stored an original, and one of them would be wrong."
                )
            } catch {
                guard error == .preconditionFailed else { throw error }
            }
        }
        let (head, found) = try await client.get(key, byteCountMax: 1024, until: deadline)
        guard found == bytes, head.metadata[StoredOriginal.metadataName] == "probe" else {
            return .unfit("The server at \(client.location.endpoint) doesn't give back what was written.")
        }
        return .fit
    }

    /// That an object isn't there means something only where there is a bucket; `HEAD` doesn't tell the two apart.
    func requireBucket(until deadline: ContinuousClock.Instant) async throws(StoreError) {
        let isKnown = proof.withLock { $0.bucketSeen.map { .now - $0 < .seconds(5) } ?? false }
        if !isKnown { try await checkBucket(until: deadline) }
    }

    private func checkBucket(until deadline: ContinuousClock.Instant) async throws(StoreError) {
        do throws(S3Error) { try await client.checkBucket(until: deadline) } catch {
            proof.withLock { $0.bucketSeen = nil }
            throw fault(error)
        }
        proof.withLock { $0.bucketSeen = .now }
    }
}
