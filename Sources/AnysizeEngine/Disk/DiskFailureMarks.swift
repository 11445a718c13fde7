package import AnysizeCore
import NIOCore

#if canImport(FoundationEssentials)
    package import FoundationEssentials
#else
    package import Foundation
#endif

/// Marks as small files in a directory of this machine, one an original: read before each decode, written after few.
///
/// Not synchronised: after a power cut a mark may be gone, and one more attempt is made.
package final class DiskFailureMarks: FailureMarks {
    private let directory: DataDirectory
    private let threads: FileThreads
    private let files = FileSystem()

    package init(directory: DataDirectory, threads: FileThreads) {
        self.directory = directory
        self.threads = threads
    }

    package func find(_ original: Digest) async -> FailureMark? {
        await threads.read {
            guard let bytes = try? self.files.contents(of: self.path(of: original)) else { return nil }
            return try? JSONDecoder().decode(FailureMark.self, from: Data(bytes.readableBytesView))
        }
    }

    package func set(_ mark: FailureMark, for original: Digest) async {
        await threads.write {
            guard let data = try? JSONEncoder().encode(mark) else { return }
            let staged = self.directory.newStagingPath()
            do {
                try self.files.create(staged).append([UInt8](data))
                try self.files.move(staged, to: self.path(of: original))
            } catch {
                // A mark that can't be kept costs an attempt; the bound on helpers still holds.
                try? self.files.remove(staged)
            }
        }
    }

    package func remove(_ original: Digest) async {
        await threads.write { try? self.files.remove(self.path(of: original)) }
    }

    /// Removes marks that have nothing more to say: callers choose how many there are.
    package func sweep(now: Date = Date.now) async {
        await threads.write {
            for name in (try? self.files.names(in: self.directory.marks)) ?? [] {
                let path = "\(self.directory.marks)/\(name)"
                guard let bytes = try? self.files.contents(of: path),
                    let mark = try? JSONDecoder().decode(FailureMark.self, from: Data(bytes.readableBytesView)),
                    mark.isForgotten(at: now)
                else { continue }
                try? self.files.remove(path)
            }
        }
    }

    private func path(of original: Digest) -> String { "\(directory.marks)/\(original)" }
}
