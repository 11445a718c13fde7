/// Which entries of a cache to keep and which to drop, counted in bytes.
///
/// This is S3-FIFO (Yang et al., "FIFO queues are all you need for cache eviction", SOSP '23). A new key starts in
/// a *small* queue, a tenth of the bytes; only a key that was wanted again on its way through moves to the *main*
/// queue, so a crawl that asks once for everything passes through the small queue and leaves the rest alone. A
/// *ghost* queue remembers the keys lately dropped from the small queue; one that comes back goes straight to main.
/// Each resident key counts its touches up to three, and main gives a key one more lap for each.
///
/// The policy holds keys and sizes, never values: its owner keeps those and drops what it is told to drop. It is a
/// value without a lock; the owner guards it together with the values.
///
/// All operations are O(1), `insert` amortised: each lap through main is paid for by an earlier touch. The queues
/// are linked lists threaded through one array, so a key leaves the middle of a queue as cheaply as its end.
package struct S3FIFO<Key: Hashable & Sendable>: Sendable {
    /// The most that the resident entries may add up to, in bytes; never exceeded, not even within a call.
    package let byteCountMax: Int

    /// The largest entry that is accepted, in bytes: a quarter of `byteCountMax`.
    ///
    /// One greater than that would push out hundreds of others for the sake of a single hit.
    package let entryByteCountMax: Int

    /// Where the small queue starts to be the one that gives way, in bytes: a tenth, the share found best in the paper.
    private let smallByteCountTarget: Int

    /// How many bytes' worth of dropped keys are remembered: as many as main may hold, again from the paper.
    private let ghostByteCountMax: Int

    private var small = Chain()
    private var main = Chain()
    private var ghost = Chain()
    private var nodes: [Node] = []

    /// The first node of each chain of keys with the same low bits of their hash; the count is a power of two.
    ///
    /// A hash table threaded through the nodes like the queues, since they have what it needs. Against a dictionary
    /// from keys to nodes it halves the time: a key is hashed once an operation and a dropped one not at all.
    private var buckets: [Int32] = [Node.none]

    /// The first of the unused nodes, which are linked through `next`.
    private var firstFree = Node.none

    /// A policy for a cache of `byteCountMax` bytes, which may be 0 (every entry is then refused).
    package init(byteCountMax: Int) {
        precondition(byteCountMax >= 0, "A cache can't have a negative size.")
        self.byteCountMax = byteCountMax
        self.entryByteCountMax = byteCountMax / 4
        self.smallByteCountTarget = byteCountMax / 10
        self.ghostByteCountMax = byteCountMax - byteCountMax / 10
    }

    /// The sum of the resident entries, in bytes.
    package var byteCount: Int { small.byteCount + main.byteCount }

    /// How many entries are resident; remembered keys don't count.
    package var count: Int { small.count + main.count }

    /// How many dropped keys are remembered. They cost the owner nothing but their memory here.
    package var ghostCount: Int { ghost.count }

    /// Whether `key` is resident. Doesn't count as a touch.
    package func contains(_ key: Key) -> Bool {
        guard let slot = find(key, hash: key.hashValue) else { return false }
        return nodes[Int(slot)].queue != .ghost
    }

    /// Makes `key` resident and returns the keys that the owner must drop to make room for it.
    ///
    /// An entry larger than `entryByteCountMax` is refused: the result is then `[key]` alone, and if the key was
    /// resident with another size, it no longer is. Otherwise the result never names `key`.
    /// A key that is resident already is touched; if its size has changed it also goes to the head of its queue.
    ///
    /// - Parameter byteCount: What the entry costs in bytes, at least 1. The owner may add its own overhead per entry,
    ///   and should: it is what bounds the number of very small entries, and of remembered keys.
    package mutating func insert(_ key: Key, byteCount: Int) -> [Key] {
        precondition(byteCount >= 1, "An entry that costs nothing would never be dropped.")
        guard byteCount <= entryByteCountMax else {
            _ = remove(key)
            return [key]
        }
        let hash = key.hashValue
        guard let slot = find(key, hash: hash) else {
            let dropped = makeRoom(for: byteCount)
            link(makeNode(key, hash: hash, byteCount: byteCount), into: .small)
            return dropped
        }
        guard nodes[Int(slot)].queue != .ghost else { return welcomeBack(slot, byteCount: byteCount) }
        touch(slot)
        guard nodes[Int(slot)].byteCount != byteCount else { return [] }
        return resize(slot, byteCount: byteCount)
    }

    /// Notes that `key` was wanted. Does nothing unless it is resident.
    /// - Returns: whether it is resident.
    @discardableResult
    package mutating func touch(_ key: Key) -> Bool {
        guard let slot = find(key, hash: key.hashValue), nodes[Int(slot)].queue != .ghost else { return false }
        touch(slot)
        return true
    }

    /// Forgets `key` altogether, as a ghost too.
    ///
    /// - Returns: The bytes that were freed, or nil if the key wasn't resident.
    package mutating func remove(_ key: Key) -> Int? {
        guard let slot = find(key, hash: key.hashValue) else { return nil }
        let queue = nodes[Int(slot)].queue
        let byteCount = nodes[Int(slot)].byteCount
        unlink(slot)
        forget(slot)
        return queue == .ghost ? nil : byteCount
    }

    // MARK: - Entering

    /// A key that was dropped too early goes to main at once.
    private mutating func welcomeBack(_ slot: Int32, byteCount: Int) -> [Key] {
        // Out of the ghosts first: making room below may forget the oldest of them and with it this node.
        unlink(slot)
        nodes[Int(slot)].byteCount = byteCount
        nodes[Int(slot)].touchCount = 0
        let dropped = makeRoom(for: byteCount)
        link(slot, into: .main)
        return dropped
    }

    /// A resident key whose entry was replaced by one of another size stays in its queue.
    private mutating func resize(_ slot: Int32, byteCount: Int) -> [Key] {
        // Unlinked while room is made, so that it can't be dropped for its own sake.
        let queue = nodes[Int(slot)].queue
        unlink(slot)
        nodes[Int(slot)].byteCount = byteCount
        let dropped = makeRoom(for: byteCount)
        link(slot, into: queue)
        return dropped
    }

    private mutating func touch(_ slot: Int32) {
        nodes[Int(slot)].touchCount = min(nodes[Int(slot)].touchCount + 1, Node.touchCountMax)
    }

    // MARK: - Leaving

    private mutating func makeRoom(for newByteCount: Int) -> [Key] {
        var dropped: [Key] = []
        while byteCount + newByteCount > byteCountMax { advance(&dropped) }
        return dropped
    }

    /// Drops the entries wanted least until `wanted` bytes are freed, for an owner that has to shrink.
    /// - Returns: the keys that the owner must drop; all of them where less than that is resident.
    package mutating func evict(byteCount wanted: Int) -> [Key] {
        var dropped: [Key] = []
        let byteCountLeft = max(0, byteCount - wanted)
        while byteCount > byteCountLeft { advance(&dropped) }
        return dropped
    }

    /// Moves on the queue whose turn it is; only while something is resident.
    private mutating func advance(_ dropped: inout [Key]) {
        if small.count > 0 && (small.byteCount >= smallByteCountTarget || main.count == 0) {
            advanceSmall(&dropped)
        } else {
            advanceMain(&dropped)
        }
    }

    /// Takes the oldest key out of the small queue, into main if it was wanted, else among the ghosts.
    private mutating func advanceSmall(_ dropped: inout [Key]) {
        let slot = small.tail
        unlink(slot)
        if nodes[Int(slot)].touchCount >= Node.touchCountToStay {
            nodes[Int(slot)].touchCount = 0
            link(slot, into: .main)
        } else {
            dropped.append(nodes[Int(slot)].liveKey)
            link(slot, into: .ghost)
            trimGhosts()
        }
    }

    /// Takes the oldest key out of main, or sends it round again at the price of one touch.
    private mutating func advanceMain(_ dropped: inout [Key]) {
        let slot = main.tail
        unlink(slot)
        if nodes[Int(slot)].touchCount > 0 {
            nodes[Int(slot)].touchCount -= 1
            link(slot, into: .main)
        } else {
            dropped.append(nodes[Int(slot)].liveKey)
            forget(slot)
        }
    }

    private mutating func trimGhosts() {
        while ghost.byteCount > ghostByteCountMax {
            let slot = ghost.tail
            unlink(slot)
            forget(slot)
        }
    }

    // MARK: - Nodes by key

    /// The node of a key that is resident or remembered.
    private func find(_ key: Key, hash: Int) -> Int32? {
        var slot = buckets[hash & (buckets.count - 1)]
        while slot != Node.none {
            if nodes[Int(slot)].hash == hash, nodes[Int(slot)].key == key { return slot }
            slot = nodes[Int(slot)].nextInBucket
        }
        return nil
    }

    /// A node for a key that has none, in no queue yet.
    private mutating func makeNode(_ key: Key, hash: Int, byteCount: Int) -> Int32 {
        let node = Node(key: key, hash: hash, byteCount: byteCount)
        let slot: Int32
        if firstFree == Node.none {
            if nodes.count == buckets.count { doubleBuckets() }
            slot = Int32(nodes.count)
            nodes.append(node)
        } else {
            slot = firstFree
            firstFree = nodes[Int(slot)].next
            nodes[Int(slot)] = node
        }
        addToBucket(slot)
        return slot
    }

    /// Gives an unlinked node back, with its key.
    private mutating func forget(_ slot: Int32) {
        removeFromBucket(slot)
        nodes[Int(slot)].key = nil
        nodes[Int(slot)].next = firstFree
        firstFree = slot
    }

    private mutating func addToBucket(_ slot: Int32) {
        let bucket = nodes[Int(slot)].hash & (buckets.count - 1)
        nodes[Int(slot)].nextInBucket = buckets[bucket]
        buckets[bucket] = slot
    }

    private mutating func removeFromBucket(_ slot: Int32) {
        let bucket = nodes[Int(slot)].hash & (buckets.count - 1)
        let next = nodes[Int(slot)].nextInBucket
        guard buckets[bucket] != slot else {
            buckets[bucket] = next
            return
        }
        var previous = buckets[bucket]
        while nodes[Int(previous)].nextInBucket != slot { previous = nodes[Int(previous)].nextInBucket }
        nodes[Int(previous)].nextInBucket = next
    }

    /// Called only when no node is unused, so that each has a place in the new buckets.
    private mutating func doubleBuckets() {
        buckets = Array(repeating: Node.none, count: 2 * buckets.count)
        for slot in nodes.indices { addToBucket(Int32(slot)) }
    }

    // MARK: - Nodes by age

    /// Puts an unlinked node at the head of `queue`.
    private mutating func link(_ slot: Int32, into queue: Queue) {
        nodes[Int(slot)].queue = queue
        switch queue {
        case .small: small.push(slot, in: &nodes)
        case .main: main.push(slot, in: &nodes)
        case .ghost: ghost.push(slot, in: &nodes)
        }
    }

    private mutating func unlink(_ slot: Int32) {
        switch nodes[Int(slot)].queue {
        case .small: small.take(slot, from: &nodes)
        case .main: main.take(slot, from: &nodes)
        case .ghost: ghost.take(slot, from: &nodes)
        }
    }
}

extension S3FIFO {
    private enum Queue: UInt8 {
        case small, main, ghost
    }

    /// An entry, remembered key or unused place in the array.
    private struct Node {
        /// Stands for "no node" in a link.
        static var none: Int32 { -1 }

        /// Two bits are enough to tell hot from warm (the paper's section 4).
        static var touchCountMax: UInt8 { 3 }

        /// The touches in the small queue that earn a place in main: the paper's "more than one" (1 did no better
        /// here).
        static var touchCountToStay: UInt8 { 2 }

        /// Nil in an unused node, so that the key's storage is given back.
        var key: Key?
        var hash: Int
        var byteCount: Int
        /// Towards the head, the newest.
        var previous = Node.none
        /// Towards the tail, the oldest; in an unused node the next unused one.
        var next = Node.none
        var nextInBucket = Node.none
        var touchCount: UInt8 = 0
        var queue = Queue.small

        init(key: Key, hash: Int, byteCount: Int) {
            self.key = key
            self.hash = hash
            self.byteCount = byteCount
        }

        /// The key of a node in use.
        var liveKey: Key {
            guard let key else { preconditionFailure("An unused node is in a queue.") }
            return key
        }
    }

    /// One doubly linked list through the nodes, from the newest to the oldest.
    private struct Chain {
        var head = Node.none
        var tail = Node.none
        var count = 0
        var byteCount = 0

        mutating func push(_ slot: Int32, in nodes: inout [Node]) {
            nodes[Int(slot)].previous = Node.none
            nodes[Int(slot)].next = head
            if head == Node.none { tail = slot } else { nodes[Int(head)].previous = slot }
            head = slot
            count += 1
            byteCount += nodes[Int(slot)].byteCount
        }

        mutating func take(_ slot: Int32, from nodes: inout [Node]) {
            let (previous, next) = (nodes[Int(slot)].previous, nodes[Int(slot)].next)
            if previous == Node.none { head = next } else { nodes[Int(previous)].next = next }
            if next == Node.none { tail = previous } else { nodes[Int(next)].previous = previous }
            count -= 1
            byteCount -= nodes[Int(slot)].byteCount
        }
    }
}
