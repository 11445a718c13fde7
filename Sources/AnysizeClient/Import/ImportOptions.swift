/// What an operator decides about an import.
package struct ImportOptions: Sendable {
    /// The directory, with or without a slash at its end.
    package var root: String
    package var ids: IDRule
    package var existing: Existing
    /// Files that are sent at the same time.
    package var concurrency: Int
    package var includesHidden: Bool
    /// Whether files that the service has refused before are sent once more.
    package var retriesRefused: Bool
    /// How long a file, or a service that answers nobody, is waited for; see ``Backoff``.
    package var patienceSeconds: Double

    /// What is done where a chosen id has another original already.
    package enum Existing: String, Sendable, CaseIterable {
        /// That one stays, and the file counts as refused.
        case keep
        /// The file takes its place, unless it changes at that very moment.
        case replace
    }

    package init(
        root: String, ids: IDRule = .content, existing: Existing = .keep, concurrency: Int = 8,
        includesHidden: Bool = false, retriesRefused: Bool = false, patienceSeconds: Double = 300
    ) {
        self.root = root
        self.ids = ids
        self.existing = existing
        self.concurrency = concurrency
        self.includesHidden = includesHidden
        self.retriesRefused = retriesRefused
        self.patienceSeconds = patienceSeconds
    }
}

/// Why an import ends before its time. The same command goes on where it has stopped.
package enum ImportStop: Error, Hashable, Sendable, CustomStringConvertible {
    /// By whoever started it.
    case cancelled
    case unreachable(detail: String)
    /// No key, or one that may not upload.
    case notAllowed(detail: String)
    case storeFull(detail: String)
    case journal(JournalError)
    case root(path: String, SourceError)

    package var description: String {
        switch self {
        case .cancelled: "interrupted"
        case .unreachable(let detail): "the service can't be reached: \(detail)"
        case .notAllowed(let detail): "the service doesn't let this key upload: \(detail)"
        case .storeFull(let detail): "the service has no room left: \(detail)"
        case .journal(let error): error.description
        case .root(let path, let error): "\(path) can't be read: \(error)"
        }
    }
}
