import AnysizeCore
import NIOCore
import NIOHTTP1

extension Importer {
    /// How often a file that changes while it is read is begun anew.
    private static let changeCountMax = 3
    /// How often a chosen id that changes hands meanwhile is looked at again.
    private static let raceCountMax = 4

    /// Sends one file, and writes down what came of it.
    func importFile(_ path: TreePath, _ stamp: FileStamp) async throws(ImportStop) {
        if !options.retriesRefused, case .refused(let refusal)? = await known(path, stamp) {
            return try await refuse(ImportRefusal(path, refusal), byteCount: stamp.byteCount, isFinal: true)
        }
        for attempt in 1...Self.changeCountMax {
            do throws(FileTrouble) {
                let file = try await open(path)
                let delivery = try await deliver(file, path)
                return try await conclude(delivery, file.stamp, path)
            } catch {
                switch error {
                case .source(.changed) where attempt < Self.changeCountMax: continue
                case .source(let error):
                    let kind = error == .changed ? "changed" : "unreadable"
                    return try await refuse(
                        ImportRefusal(path, kind: kind, detail: error.description), byteCount: stamp.byteCount)
                case .refused(let kind, let detail):
                    return try await refuse(
                        ImportRefusal(path, kind: kind, detail: detail), byteCount: stamp.byteCount)
                case .stop(let stop): throw stop
                }
            }
        }
    }

    /// What keeps a file from being delivered.
    private enum FileTrouble: Error {
        case source(SourceError)
        /// By ourselves, without or in spite of an answer.
        case refused(kind: String, detail: String)
        case stop(ImportStop)

        init(_ error: DeliveryError) {
            self =
                switch error {
                case .cancelled: .stop(.cancelled)
                case .unreachable(let detail): .stop(.unreachable(detail: detail))
                case .unreadable(let error): .source(error)
                case .gaveUp(let detail): .refused(kind: "gave-up", detail: detail)
                }
        }
    }

    /// An answer, and the digest of what was sent for it; nil where not all of it was.
    private struct Delivery {
        let answer: ServiceAnswer
        let digest: Digest?
        /// The original was there already, so nothing was sent.
        var isPresent = false
    }

    private func known(_ path: TreePath, _ stamp: FileStamp) async -> JournalLine.Outcome? {
        await onFileThread { [journal] in journal.find(path, stamp)?.outcome }
    }

    private func open(_ path: TreePath) async throws(FileTrouble) -> SourceFile {
        let root = options.root
        do throws(SourceError) {
            return try await onFileThread { () throws(SourceError) in try SourceFile(root, path) }
        } catch { throw .source(error) }
    }

    private func deliver(_ file: SourceFile, _ path: TreePath) async throws(FileTrouble) -> Delivery {
        let id: OriginalID?
        do throws(IDFault) { id = try options.ids.id(of: path) } catch {
            throw .refused(kind: "bad-id", detail: "its name can't be used \(error.detail)")
        }
        guard let id else { return try await upload(file, .POST, "/img") }
        guard journal.claim(id, for: path) else {
            throw .refused(kind: "id-taken", detail: "another file of the tree has the id \(id)")
        }
        return try await put(file, as: id)
    }

    /// Asks first who has the id, so that nothing is sent in vain, and then writes on the condition that it is still so.
    private func put(_ file: SourceFile, as id: OriginalID) async throws(FileTrouble) -> Delivery {
        let digest = try await digest(of: file)
        for _ in 1...Self.raceCountMax {
            let info = try await send(.GET, "/img/\(id)/info") { () async throws(DeliveryError) in nil }
            var condition: HTTPHeaders = ["If-None-Match": "*"]
            if info.status == 200 {
                guard let there = info.document(StoredDocument.self)?.digest else {
                    throw .refused(kind: "gave-up", detail: "the service says of \(id) what isn't understood")
                }
                if there == digest.description { return Delivery(answer: info, digest: digest, isPresent: true) }
                guard options.existing == .replace else {
                    throw .refused(kind: "id-taken", detail: "the service has another original as \(id)")
                }
                condition = ["If-Match": "\"\(there)\""]
            } else if info.status != 404, info.status != 410 {
                return Delivery(answer: info, digest: nil)
            }
            let delivery = try await upload(file, .PUT, "/img/\(id)", condition)
            if delivery.answer.status != 412 { return delivery }
        }
        throw .refused(kind: "id-taken", detail: "the original \(id) keeps changing")
    }

    private func digest(of file: SourceFile) async throws(FileTrouble) -> Digest {
        let body = FileBody(file)
        do { for try await _ in body {} } catch { throw .source(body.fault ?? .changed) }
        // All bytes have been read, or there was a fault.
        guard let digest = body.digest else { throw .source(.changed) }
        return digest
    }

    private func upload(
        _ file: SourceFile, _ method: HTTPMethod, _ target: String, _ headers: HTTPHeaders = [:]
    ) async throws(FileTrouble) -> Delivery {
        // Small ones in one piece, which takes half the work.
        guard file.stamp.byteCount > SourceFile.chunkByteCount else {
            let bytes: ByteBuffer
            do throws(SourceError) {
                bytes = try await onFileThread { () throws(SourceError) in try file.chunk(at: 0) }
            } catch { throw .source(error) }
            let answer = try await send(method, target, headers) { () async throws(DeliveryError) in .whole(bytes) }
            return Delivery(answer: answer, digest: Digest(of: bytes))
        }
        var last: FileBody?
        let answer = try await send(method, target, headers) { () async throws(DeliveryError) in
            let body = FileBody(file)
            last = body
            return .streamed(body, byteCount: file.stamp.byteCount)
        }
        return Delivery(answer: answer, digest: last?.digest)
    }

    private func send(
        _ method: HTTPMethod, _ target: String, _ headers: HTTPHeaders = [:],
        body: () async throws(DeliveryError) -> ServiceClient.RequestBody?
    ) async throws(FileTrouble) -> ServiceAnswer {
        do throws(DeliveryError) {
            return try await client.sendPatiently(
                method, target, headers, contact: contact, patienceSeconds: options.patienceSeconds,
                waiting: { [ledger] change in
                    ledger.change { counts in
                        counts.waiting += change
                        if change > 0 { counts.retries += 1 }
                    }
                },
                body: body
            )
        } catch { throw FileTrouble(error) }
    }

    /// What the service says of an original.
    private struct StoredDocument: Decodable {
        let id: String
        let digest: String
    }

    private func conclude(
        _ delivery: Delivery, _ stamp: FileStamp, _ path: TreePath
    ) async throws(FileTrouble) {
        let answer = delivery.answer
        switch answer.status {
        case 200, 201:
            guard let document = answer.document(StoredDocument.self), let id = OriginalID(document.id),
                let digest = delivery.digest, document.digest == digest.description
            else {
                throw .refused(kind: "digest-differs", detail: "what the service has stored isn't what was sent")
            }
            try await stopping { () async throws(ImportStop) in
                try await write(JournalLine(path: path, stamp: stamp, outcome: .stored(digest, id)))
            }
            // A 200 to a PUT means replaced, but to a POST that these bytes were there.
            let isPresent = delivery.isPresent || answer.status == 200 && options.ids == .content
            ledger.change { counts in
                if isPresent { counts.present += 1 } else { counts.stored += 1 }
                counts.doneBytes += stamp.byteCount
                counts.sentBytes += delivery.isPresent ? 0 : stamp.byteCount
            }
        case 401, 403: throw .stop(.notAllowed(detail: answer.refusal.detail))
        case 507: throw .stop(.storeFull(detail: answer.refusal.detail))
        default:
            try await stopping { () async throws(ImportStop) in try await refuse(answer.refusal, stamp, path) }
        }
    }

    private func stopping(_ work: () async throws(ImportStop) -> Void) async throws(FileTrouble) {
        do throws(ImportStop) { try await work() } catch { throw .stop(error) }
    }

    /// Only what is about the bytes themselves is remembered: another run would be told the same.
    private func refuse(_ refusal: ServiceRefusal, _ stamp: FileStamp, _ path: TreePath) async throws(ImportStop) {
        // Set aside means failed before, and to be tried again later.
        let isFinal = [413, 415, 422].contains(refusal.status) && refusal.kind != "set-aside"
        if isFinal { try await write(JournalLine(path: path, stamp: stamp, outcome: .refused(refusal))) }
        try await refuse(ImportRefusal(path, refusal), byteCount: stamp.byteCount, isFinal: isFinal)
    }

    func refuse(_ refusal: ImportRefusal, byteCount: Int, isFinal: Bool = false) async throws(ImportStop) {
        do throws(JournalError) {
            try await onFileThread { [refusals] () throws(JournalError) in try refusals.append(refusal) }
        } catch { throw .journal(error) }
        ledger.note(refusal, isFinal: isFinal, byteCount: byteCount)
    }

    private func write(_ line: JournalLine) async throws(ImportStop) {
        do throws(JournalError) {
            try await onFileThread { [journal] () throws(JournalError) in try journal.append(line) }
        } catch { throw .journal(error) }
    }
}

extension ImportRefusal {
    init(_ path: TreePath, _ refusal: ServiceRefusal) {
        self.init(path, kind: refusal.kind, status: refusal.status, detail: refusal.detail)
    }
}
