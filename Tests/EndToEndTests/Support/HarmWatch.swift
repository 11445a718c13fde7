import Foundation
import Testing

/// What must not happen while a service handles bad files: a hit that fails or is late, memory without bound, a payload that runs.
final class HarmWatch {
    /// Where the files' payloads would call if they were run.
    private let trap: RawListener
    private var memory: MemoryProbe?
    private var hits: HitProbe?

    fileprivate init() throws {
        try #require(Self.canaries.isEmpty, "left by somebody else: \(Self.canaries)")
        trap = try RawListener(port: 9999)
    }

    /// Begins to look, and to ask for a hit ten times a second.
    func begin(_ service: RunningService) async throws {
        let id = try await service.client.upload(Materials.fixture("photo.jpg")).id
        let hit = "/img/\(id)?w=100&format=jpeg"
        #expect(try await service.client.get(hit).origin == "render")
        print("memory before: \(service.family.memory)")
        memory = MemoryProbe(service)
        hits = HitProbe(service, path: hit, every: 0.1)
    }

    /// Ends that, and says what was seen.
    func end() {
        guard let report = hits?.stop(), let peak = memory?.stop() else { return }
        hits = nil
        memory = nil
        print(
            "\(report.count) hits meanwhile, p99 \(report.percentile(0.99)) s, slowest \(report.percentile(1)) s; "
                + "service and helpers had at most \(Int(peak)) MB together"
        )
        #expect(report.faults.isEmpty)
        #expect(report.count > 1)
        #expect(report.percentile(0.99) < 0.25)
        #expect(peak < 1500)
        #expect(Self.canaries.isEmpty, "\(Self.canaries)")
        #expect(!trap.hasVisitor())
    }

    /// Ends the probes where a test ended early.
    fileprivate func abandon() {
        _ = hits?.stop()
        _ = memory?.stop()
    }

    /// Files that a payload leaves where it was run.
    private static var canaries: [String] {
        (try? FileManager.default.contentsOfDirectory(atPath: "/tmp"))?.filter { $0.hasPrefix("anysize-canary-") } ?? []
    }
}

/// Runs the body with a watch.
func withHarmWatch(_ body: (HarmWatch) async throws -> Void) async throws {
    let watch = try HarmWatch()
    defer { watch.abandon() }
    try await body(watch)
}
