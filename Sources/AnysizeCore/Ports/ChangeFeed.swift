/// How nodes that share a store tell one another of changed originals.
package protocol ChangeFeed: Sendable {
    /// Whether this node hears of each change before whoever made it is told that it is done.
    var standing: FeedStanding { get }

    /// Tells all nodes that an original has changed, and returns when each of them has forgotten what it knew of it, or can no
    /// longer trust what it knows. Never fails: where that can't be told, it takes as long as trust lasts.
    /// - Parameter gone: whose variants nobody will ask for any more; nil where there are none, or it isn't known.
    func announce(_ id: OriginalID, gone: OriginalTag?) async
}

/// See ``ChangeFeed/standing``.
package enum FeedStanding: Hashable, Sendable {
    /// Nothing has been missed since the era began; each time something may have been, another one begins.
    case current(era: UInt64)
    /// Changes may be missed right now.
    case blind
}
