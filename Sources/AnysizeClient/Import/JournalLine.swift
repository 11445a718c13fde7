package import AnysizeCore

/// What became of a file, as a line of the journal.
///
/// Fields between tabs, since lines are read by the million: `stored` or `refused`, bytes, modification time in nanoseconds since
/// 1970, digest, id, path as ``TreePath`` spells it; of refused ones also status, kind and detail. What isn't known is `-`.
package struct JournalLine: Hashable, Sendable {
    package let path: TreePath
    package let stamp: FileStamp
    package let outcome: Outcome

    package enum Outcome: Hashable, Sendable {
        /// The service has acknowledged these bytes as the original of that id.
        case stored(Digest, OriginalID)
        case refused(ServiceRefusal)
    }

    package init(path: TreePath, stamp: FileStamp, outcome: Outcome) {
        self.path = path
        self.stamp = stamp
        self.outcome = outcome
    }

    /// Nil where it isn't a line of ours.
    package init?(_ text: some StringProtocol) {
        let fields = text.split(separator: "\t", omittingEmptySubsequences: false)
        guard fields.count >= 6, let byteCount = Int(fields[1]), let modified = Int64(fields[2]),
            let path = TreePath(fields[5])
        else { return nil }
        self.path = path
        stamp = FileStamp(byteCount: byteCount, modified: modified)
        switch fields[0] {
        case "stored":
            guard fields.count == 6, let digest = Digest(hex: String(fields[3])), let id = OriginalID(fields[4]) else {
                return nil
            }
            outcome = .stored(digest, id)
        case "refused":
            guard fields.count == 9, let status = Int(fields[6]), let kind = TreePath(fields[7]),
                let detail = TreePath(fields[8])
            else { return nil }
            outcome = .refused(
                ServiceRefusal(
                    status: status, kind: String(decoding: kind.bytes, as: UTF8.self),
                    detail: String(decoding: detail.bytes, as: UTF8.self)))
        default: return nil
        }
    }

    /// Without the line feed.
    package var text: String {
        let facts = "\(stamp.byteCount)\t\(stamp.modified)"
        switch outcome {
        case .stored(let digest, let id): return "stored\t\(facts)\t\(digest)\t\(id)\t\(path)"
        case .refused(let refusal):
            // Whatever a service or balancer says, it is one field of one line.
            let words = [refusal.kind, refusal.detail].map { TreePath(bytes: Array($0.utf8)).description }
            return "refused\t\(facts)\t-\t-\t\(path)\t\(refusal.status)\t\(words[0])\t\(words[1])"
        }
    }
}
