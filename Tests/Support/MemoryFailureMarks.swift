package import AnysizeCore
import Synchronization

/// Marks that a test can look at.
package final class MemoryFailureMarks: FailureMarks {
    private let marks = Mutex<[Digest: FailureMark]>([:])

    package init() {}

    package var all: [Digest: FailureMark] { marks.withLock { $0 } }

    package func find(_ original: Digest) async -> FailureMark? { marks.withLock { $0[original] } }
    package func set(_ mark: FailureMark, for original: Digest) async { marks.withLock { $0[original] = mark } }
    package func remove(_ original: Digest) async { marks.withLock { $0[original] = nil } }
}
