package import AnysizeCore
import Synchronization

#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

/// What an import has done, so that the next run need not: a file that is only ever appended to, a line for each file of the tree.
///
/// A line is written, whole, before the file counts as done, so a killed run loses what was under way and nothing else; it is
/// synchronised about once a second and at the end, so a power cut loses a second more. What is lost is sent again and found to be
/// there. A last line that is torn is cut off. Later lines about a path go before earlier ones.
///
/// In memory is, for each line, where it is by a hash of its path, and where ids are chosen, whose they are: 16 bytes each, in
/// tables up to half empty, so at most about 45 bytes a file, or 90. Calls block.
package final class Journal: Sendable {
    package let path: String
    private let state: Mutex<State>

    /// What makes a journal one of this import and no other.
    package struct Head: Hashable, Sendable {
        package var service: ServiceURL
        package var ids: IDRule

        package init(service: ServiceURL, ids: IDRule) {
            self.service = service
            self.ids = ids
        }

        var text: String { "anysize-import 1\t\(service)\t\(ids.rawValue)" }
    }

    private struct State {
        let file: JournalFile
        /// Where the newest line about a path begins, by the path's hash.
        var offsets: [UInt64: Int] = [:]
        /// Whose a chosen id is: the hash of its path by its own hash.
        var owners: [UInt64: UInt64] = [:]
        var flushed = ContinuousClock.now
    }

    /// Opens or begins a journal, and claims it for this process.
    package init(_ path: String, _ head: Head) throws(JournalError) {
        self.path = path
        let file = try JournalFile(path)
        var offsets: [UInt64: Int] = [:]
        var owners: [UInt64: UInt64] = [:]
        var found: String?
        let rest = try file.readLines { offset, text in
            if found == nil {
                found = text
                return text == head.text
            }
            guard let line = JournalLine(text) else { return true }
            offsets[line.path.hash64] = offset
            if case .stored(_, let id) = line.outcome, head.ids != .content { owners[id.hash64] = line.path.hash64 }
            return true
        }
        // A file that isn't ours stays as it is; of ours even the first line may be torn.
        let isOurs = found.map { $0 == head.text } ?? head.text.utf8.starts(with: rest)
        guard isOurs else {
            let first = found ?? String(decoding: rest, as: UTF8.self)
            throw .another(path: path, head: String(first.prefix(300)), wanted: head.text)
        }
        if !rest.isEmpty { try file.cutOff(rest.count) }
        if file.byteCount == 0 { _ = try file.append(head.text) }
        state = Mutex(State(file: file, offsets: offsets, owners: owners))
    }

    /// So that it isn't imported itself.
    var identity: FileIdentity? { state.withLock { $0.file.identity } }

    /// Files that it tells of.
    package var fileCount: Int { state.withLock { $0.offsets.count } }

    /// What became of a file, where that is known and the file still looks as it did then.
    package func find(_ path: TreePath, _ stamp: FileStamp) -> JournalLine? {
        state.withLock { state in
            guard let offset = state.offsets[path.hash64], let text = state.file.line(at: offset),
                let line = JournalLine(text), line.path == path, line.stamp == stamp
            else { return nil }
            return line
        }
    }

    /// Lets a file have a chosen id; false where another file of the tree has it.
    package func claim(_ id: OriginalID, for path: TreePath) -> Bool {
        state.withLock { state in
            let owner = path.hash64
            if let other = state.owners[id.hash64], other != owner { return false }
            state.owners[id.hash64] = owner
            return true
        }
    }

    /// Writes a line, and returns when it would survive this process.
    package func append(_ line: JournalLine) throws(JournalError) {
        let file: JournalFile? = try state.withLock { (state) throws(JournalError) in
            state.offsets[line.path.hash64] = try state.file.append(line.text)
            guard ContinuousClock.now - state.flushed > .seconds(1) else { return nil }
            state.flushed = .now
            return state.file
        }
        // Not under the lock: a disk may take its time, and others have lines to write.
        try file?.flush()
    }

    package func flush() throws(JournalError) {
        try state.withLock { $0.file }.flush()
    }
}

/// Why there can be no journal.
package enum JournalError: Error, Hashable, Sendable, CustomStringConvertible {
    case unusable(path: String, reason: String)
    case inUse(path: String)
    /// It is of another service, or another way of making ids.
    case another(path: String, head: String, wanted: String)

    package var description: String {
        switch self {
        case .unusable(let path, let reason): "the journal \(path) can't be used: \(reason)"
        case .inUse(let path): "the journal \(path) is in use by another import"
        case .another(let path, let head, let wanted):
            "the journal \(path) is of another import ('\(TreePath(bytes: Array(head.utf8)))', not "
                + "'\(TreePath(bytes: Array(wanted.utf8)))'); name another one with --journal"
        }
    }
}

extension OriginalID {
    /// Spreads ids over 64 bits.
    fileprivate var hash64: UInt64 { TreePath(bytes: Array(description.utf8)).hash64 }
}
