import AnysizeClient
import AnysizeCore
import AnysizeEngine
import Logging
import NIOCore

/// Renders variants of some originals by two ways, and compares the bytes: here, and by the service; or here twice.
struct VariantComparison: Sendable {
    struct Options: Sendable {
        let recipes: [String]
        /// Originals.
        let sampleCount: Int
        /// Nil to render each twice here.
        let service: ServiceURL?
    }

    /// Why there can be no comparison.
    struct Fault: Error, Sendable {
        let detail: String
    }

    private let options: Options
    private let inspector: any OriginalInspector
    private let settings: Settings
    private let found: @Sendable (VerificationFinding) -> Void

    init(
        _ options: Options, _ inspector: any OriginalInspector, _ settings: Settings,
        found: @escaping @Sendable (VerificationFinding) -> Void
    ) {
        self.options = options
        self.inspector = inspector
        self.settings = settings
        self.found = found
    }

    /// Returns early where the task is cancelled.
    func run() async throws(Fault) -> VariantCounts {
        let pipeline: Pipeline
        do { pipeline = try await Pipeline.start(settings) } catch { throw Fault(detail: "no helper starts: \(error)") }
        defer { pipeline.stop() }
        guard let service = options.service else { return try await compare(pipeline, nil) }
        return try await ServiceClient.with(service, secret: nil, connectionCount: 1) {
            (client) async throws(Fault) in try await compare(pipeline, client)
        }
    }

    /// Goes through the parts of the store in a random order: ids are spread over them by chance, so the first ones are a fair sample.
    private func compare(_ pipeline: Pipeline, _ client: ServiceClient?) async throws(Fault) -> VariantCounts {
        var counts = VariantCounts()
        for piece in try await reading({ () async throws(StoreError) in try await inspector.pieces() }).shuffled() {
            for id in try await reading({ () async throws(StoreError) in try await inspector.ids(in: piece) }) {
                guard counts.originals < options.sampleCount, !Task.isCancelled else { return counts }
                // Deleted ones have a record too, and one that isn't sound has been found before.
                guard let (record, bytes) = await inspector.read(id) else { continue }
                counts.originals += 1
                try await compare(record, bytes, pipeline, client, &counts)
            }
        }
        return counts
    }

    private func reading<Value>(_ work: () async throws(StoreError) -> Value) async throws(Fault) -> Value {
        do throws(StoreError) { return try await work() } catch {
            throw Fault(detail: "the store can't be read: \(error)")
        }
    }

    private func compare(
        _ record: OriginalRecord, _ bytes: ByteBuffer, _ pipeline: Pipeline, _ client: ServiceClient?,
        _ counts: inout VariantCounts
    ) async throws(Fault) {
        for recipe in options.recipes where !Task.isCancelled {
            let ours = await pipeline.render(bytes, recipe)
            let others = try await other(record, bytes, recipe, pipeline, client)
            guard let ours, let others else {
                counts.refused += 1
                continue
            }
            guard ours != others else {
                counts.same += 1
                continue
            }
            let detail = "\(recipe): \(ours.readableBytes) bytes made here, \(others.readableBytes) other ones"
            found(VerificationFinding(kind: .differs, id: record.id.description, detail: detail))
        }
    }

    /// By the other way; nil where the variant can't be had.
    private func other(
        _ record: OriginalRecord, _ bytes: ByteBuffer, _ recipe: String, _ pipeline: Pipeline, _ client: ServiceClient?
    ) async throws(Fault) -> ByteBuffer? {
        guard let client else { return await pipeline.render(bytes, recipe) }
        // With its version, so that a picture that is replaced meanwhile isn't compared with the new one.
        let separator = recipe.isEmpty ? "" : "&"
        let version = record.id.isContentID ? "" : "\(separator)v=\(record.digest.description.prefix(16))"
        do throws(DeliveryError) {
            let answer = try await client.fetch(
                "/img/\(record.id)?\(recipe)\(version)", patienceSeconds: 60)
            return answer.status == 200 ? answer.body : nil
        } catch {
            switch error {
            case .unreachable(let detail), .gaveUp(let detail): throw Fault(detail: "\(client.base): \(detail)")
            case .cancelled, .unreadable: return nil
            }
        }
    }
}

/// What a comparison has come to; those that differ are findings.
struct VariantCounts: Hashable, Sendable {
    var originals = 0
    var same = 0
    /// One of the two ways gave none.
    var refused = 0
}
