import Crypto
package import NIOCore
import NIOHTTP1

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// An object that is written in parts and is there, whole, once it has been completed.
package struct S3Upload: Hashable, Sendable {
    package let key: String
    package let id: String

    package init(key: String, id: String) {
        self.key = key
        self.id = id
    }
}

/// A part that has arrived.
package struct S3Part: Hashable, Sendable {
    /// From 1 on.
    package let number: Int
    package let entityTag: String
}

extension S3Client {
    /// Writes an object in parts, two at a time, each of which is tried again by itself. What fails is aborted.
    /// - Parameters:
    ///   - partByteCount: of each part but the last, which is shorter; at least 5 MiB. Twice as much is in memory.
    ///   - condition: judged when the object is completed. Not every server does that as strictly as it does for ``put(_:_:as:if:until:)``.
    package func putInParts(
        _ key: String, _ pieces: S3Pieces, partByteCount: Int, as facts: S3ObjectFacts,
        if condition: S3Condition = .always,
        until deadline: ContinuousClock.Instant
    ) async throws(S3Error) {
        let upload = try await createUpload(key, as: facts, until: deadline)
        do throws(S3Error) {
            let parts = try await send(pieces, partByteCount: partByteCount, to: upload, until: deadline)
            try await complete(upload, parts, if: condition, until: deadline)
        } catch {
            await abortEvenIfCancelled(upload)
            throw error
        }
    }

    package func createUpload(
        _ key: String, as facts: S3ObjectFacts, until deadline: ContinuousClock.Instant? = nil
    ) async throws(S3Error) -> S3Upload {
        var request = S3Request(operation: .createUpload, key: key, query: [("uploads", "")])
        facts.add(to: &request.headers)
        request.answerByteCountMax = Self.answerByteCountMax
        let root = try XMLNode.read(try await perform(request, until: deadline).body)
        guard root.name == "InitiateMultipartUploadResult", let id = root["UploadId"], !id.isEmpty else {
            throw .malformed(detail: "no id of an upload")
        }
        return S3Upload(key: key, id: id)
    }

    package func put(
        part number: Int, _ bytes: ByteBuffer, of upload: S3Upload, until deadline: ContinuousClock.Instant? = nil
    ) async throws(S3Error) -> S3Part {
        var request = S3Request(operation: .uploadPart, key: upload.key)
        request.query = [("partNumber", "\(number)"), ("uploadId", upload.id)]
        // The one checksum of a part that needs no mention when the upload is created and completed.
        let checksum = bytes.withUnsafeReadableBytes { Insecure.MD5.hash(data: $0) }
        request.headers.add(name: "content-md5", value: Data(checksum).base64EncodedString())
        request.body = .bytes(bytes)
        request.answerByteCountMax = Self.answerByteCountMax
        guard let tag = try await perform(request, until: deadline).headers.first(name: "etag") else {
            throw .malformed(detail: "a part without entity tag")
        }
        return S3Part(number: number, entityTag: tag)
    }

    /// - Throws: `.preconditionFailed`; `.noSuchUpload`, possibly because an earlier try has completed it.
    package func complete(
        _ upload: S3Upload, _ parts: [S3Part], if condition: S3Condition = .always,
        until deadline: ContinuousClock.Instant? = nil
    ) async throws(S3Error) {
        let list = parts.sorted { $0.number < $1.number }.map { part in
            "<Part><PartNumber>\(part.number)</PartNumber><ETag>\(Self.escaped(part.entityTag))</ETag></Part>"
        }
        var request = S3Request(operation: .completeUpload, key: upload.key, query: [("uploadId", upload.id)])
        request.headers.add(name: "content-type", value: "application/xml")
        condition.add(to: &request.headers)
        let text = "<CompleteMultipartUpload>\(list.joined())</CompleteMultipartUpload>"
        request.body = .bytes(ByteBuffer(string: text))
        request.answerByteCountMax = Self.answerByteCountMax
        do throws(S3Error) { _ = try await perform(request, until: deadline) } catch { throw condition.fault(error) }
    }

    /// Frees what has arrived of an upload; one that isn't there is as good as aborted.
    package func abort(_ upload: S3Upload, until deadline: ContinuousClock.Instant? = nil) async throws(S3Error) {
        let request = S3Request(operation: .abortUpload, key: upload.key, query: [("uploadId", upload.id)])
        do throws(S3Error) { _ = try await perform(request, until: deadline) } catch {
            guard error == .noSuchUpload || error == .notFound else { throw error }
        }
    }

    private static let answerByteCountMax = 64 * 1024

    private func send(
        _ pieces: S3Pieces, partByteCount: Int, to upload: S3Upload, until deadline: ContinuousClock.Instant
    ) async throws(S3Error) -> [S3Part] {
        let count = max(1, (pieces.byteCount + partByteCount - 1) / partByteCount)
        let result = await withTaskGroup(of: Result<S3Part, S3Error>.self) { group in
            var parts: [S3Part] = []
            for number in 1...count {
                if number > 2, let result = await group.next() {
                    do throws(S3Error) { parts.append(try result.get()) } catch {
                        group.cancelAll()
                        return Result<[S3Part], S3Error>.failure(error)
                    }
                }
                group.addTask {
                    await Self.result { () async throws(S3Error) in
                        let bytes = try await pieces.part(number, of: partByteCount)
                        return try await self.put(part: number, bytes, of: upload, until: deadline)
                    }
                }
            }
            while let result = await group.next() {
                do throws(S3Error) { parts.append(try result.get()) } catch {
                    group.cancelAll()
                    return .failure(error)
                }
            }
            return .success(parts)
        }
        return try result.get()
    }

    /// Task groups know no error types.
    private static func result<T: Sendable>(
        _ work: () async throws(S3Error) -> T
    ) async -> Result<T, S3Error> {
        do throws(S3Error) { return .success(try await work()) } catch { return .failure(error) }
    }

    /// Nobody else would, until the sweep. A task of its own, since requests of a cancelled one aren't sent; it is waited for.
    private func abortEvenIfCancelled(_ upload: S3Upload) async {
        await Task { try? await abort(upload, until: .now + .seconds(limits.requestSeconds)) }.value
    }

    private static func escaped(_ text: String) -> String {
        text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing("\"", with: "&quot;")
    }
}

extension S3Pieces {
    fileprivate func part(_ number: Int, of partByteCount: Int) async throws(S3Error) -> ByteBuffer {
        let offset = (number - 1) * partByteCount
        let count = min(partByteCount, byteCount - offset)
        do {
            let bytes = try await read(count, offset)
            guard bytes.readableBytes == count else { throw UnreadablePiece(detail: "it ends too early") }
            return bytes
        } catch let error as UnreadablePiece {
            throw .unreadableBody(detail: error.detail)
        } catch {
            throw .unreadableBody(detail: "\(error)")
        }
    }
}
