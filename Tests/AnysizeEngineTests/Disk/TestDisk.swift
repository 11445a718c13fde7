import AnysizeCore
import AnysizeTesting
import Foundation
import Metrics
import NIOCore
import Synchronization
import Testing

@testable import AnysizeEngine

/// A data directory for one test, removed after it.
final class TestDisk: Sendable {
    static let threads = FileThreads()

    let path: String
    let data: DataDirectory
    let metrics = CountingMetrics()

    init(at place: String = FileManager.default.temporaryDirectory.path) throws {
        path = "\(place)/anysize-\(UUID().uuidString)"
        data = try DataDirectory(path: path)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    func store(_ faults: FileFaults = .none) -> DiskOriginalStore {
        DiskOriginalStore(
            directory: data, threads: Self.threads, files: FileSystem(faults: faults), recordCountMax: 100,
            metrics: metrics
        )
    }

    func cache(_ byteCountMax: Int = 16 << 20, _ variantCountMax: Int = 1000, _ faults: FileFaults = .none) -> DiskCache
    {
        DiskCache(
            directory: data, threads: Self.threads, files: FileSystem(faults: faults), byteCountMax: byteCountMax,
            variantCountMax: variantCountMax, metrics: metrics
        )
    }

    /// The paths of the files below one of the directories, sorted.
    func files(in directory: String) -> [String] {
        let names = FileManager.default.enumerator(atPath: directory)?.compactMap { $0 as? String } ?? []
        return names.map { "\(directory)/\($0)" }.filter { path in
            var isDirectory = ObjCBool(false)
            return FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory) && !isDirectory.boolValue
        }.sorted()
    }

    /// The names of an original's files: bytes and record.
    func originalFiles(of id: OriginalID) -> [String] {
        files(in: data.originals).filter { $0.split(separator: "/").last?.hasPrefix("\(id)~") == true }
    }

    static func change(_ path: String, _ body: (inout [UInt8]) -> Void) throws {
        var bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
        body(&bytes)
        // In place, as a disk would do it.
        let file = try FileHandle(forUpdating: URL(fileURLWithPath: path))
        try file.truncate(atOffset: 0)
        try file.write(contentsOf: Data(bytes))
        try file.close()
    }
}

/// Fails the n-th system call from now on, and writes down all of them.
final class FaultScript: Sendable {
    struct Call: Hashable, Sendable {
        var call: FileCall
        var path: String
    }

    private struct State {
        var calls: [Call] = []
        var failing = Range(uncheckedBounds: (Int.max, Int.max))
        var code: CInt = 0
        var failed: [Call] = []
    }

    private let state = Mutex(State())

    var faults: FileFaults {
        FileFaults { [self] call, path in
            state.withLock { state in
                state.calls.append(Call(call: call, path: path))
                guard state.failing.contains(state.calls.count) else { return nil }
                state.failed.append(Call(call: call, path: path))
                return state.code
            }
        }
    }

    /// - Parameter count: how many calls fail, from the n-th on.
    func fail(_ number: Int, count: Int = 1, with code: CInt) {
        state.withLock { state in
            state.calls = []
            state.failed = []
            state.failing = number..<(number + count)
            state.code = code
        }
    }

    func reset() { fail(1, count: 0, with: 0) }

    var calls: [Call] { state.withLock { $0.calls } }
    var failed: [Call] { state.withLock { $0.failed } }
}

/// Metrics that can be asked.
final class CountingMetrics: MetricsFactory {
    private let counts = Mutex<[String: Int64]>([:])

    /// Of a counter, by its label or one of its dimensions.
    func count(_ reason: String) -> Int64 { counts.withLock { $0[reason, default: 0] } }

    func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
        Handler(keys: dimensions.map { $0.1 }, metrics: self)
    }

    func makeRecorder(label: String, dimensions: [(String, String)], aggregate: Bool) -> any RecorderHandler {
        NOOPMetricsHandler.instance
    }

    func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler { NOOPMetricsHandler.instance }
    func destroyCounter(_ handler: any CounterHandler) {}
    func destroyRecorder(_ handler: any RecorderHandler) {}
    func destroyTimer(_ handler: any TimerHandler) {}

    private final class Handler: CounterHandler {
        let keys: [String]
        let metrics: CountingMetrics

        init(keys: [String], metrics: CountingMetrics) {
            self.keys = keys
            self.metrics = metrics
        }

        func increment(by amount: Int64) {
            metrics.counts.withLock { counts in for key in keys { counts[key, default: 0] += amount } }
        }

        func reset() {}
    }
}
