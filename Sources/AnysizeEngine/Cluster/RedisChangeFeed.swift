package import AnysizeCore
package import Logging
package import NIOCore
package import Redis
import ServiceLifecycle
import Synchronization

/// Tells all nodes of changed originals by publishing, and knows by leases when all of them know.
///
/// Each node keeps its name in a list of nodes, with the time at which that place runs out. It trusts what it remembers only as long
/// as its place certainly hasn't run out, and its subscription has been heard of as recently. Whoever changes an original publishes
/// it, and waits for the answer of each node in the list, or for as long as a place lasts: a node that didn't answer till then has
/// stopped to trust what it remembers.
///
///     anysize:nodes              sorted set: names of nodes, by the millisecond in which each place runs out
///     anysize:changes            channel: `<change> <original>`, and the tag of what is gone
///     anysize:acknowledgements   channel: `<change> <node>`
package final class RedisChangeFeed: ChangeFeed, Service {
    private let client: RedisClient
    private let subscription: RedisSubscription
    private let shared: Inbox
    private let removal: Removal
    private let node: String

    /// How long a place lasts.
    private static let placeSeconds = 1.5
    /// How long a node trusts in its place: less, for clocks that run at different rates.
    private static let trust = TimeAmount.milliseconds(1350)
    private static let renewal = Duration.milliseconds(300)

    fileprivate static let changes = "anysize:changes"
    fileprivate static let acknowledgements = "anysize:acknowledgements"

    /// - Parameter node: a name that no other node has.
    package init(
        _ address: RedisAddress, authorityPath: String?, client: RedisClient, node: String, group: any EventLoopGroup,
        logger: Logger
    ) throws {
        self.client = client
        self.node = node
        let removal = Removal()
        self.removal = removal
        let inbox = Inbox(removal)
        shared = inbox
        subscription = try RedisSubscription(
            address, authorityPath: authorityPath, channels: [Self.changes, Self.acknowledgements], group: group,
            logger: logger
        ) { channel, message in inbox.take(channel, String(buffer: message)) }
    }

    /// Has a store forget what others have changed. Set before the feed runs.
    package func attach(_ store: SharedOriginalStore) {
        shared.attach { [weak store] id in store?.forget(id) }
    }

    /// Has variants removed that another node has no original for any more. Set before the feed runs.
    package func onRemoval(_ remove: @escaping @Sendable (OriginalTag) async -> Void) { removal.set(remove) }

    package var standing: FeedStanding {
        guard let heard = subscription.standing, let place = shared.placeSince else { return .blind }
        return NIODeadline.now() - min(heard.completeUntil, place) < Self.trust ? .current(era: heard.era) : .blind
    }

    package func announce(_ id: OriginalID, gone: OriginalTag?) async {
        let started = ContinuousClock.now
        let change = String(UInt64.random(in: .min ... .max), radix: 36)
        shared.expect(change)
        defer { shared.forget(change) }
        let command = Command(
            "EVAL", Self.publishing, 1, "anysize:nodes", Self.changes, "\(change) \(id)" + (gone.map { " \($0)" } ?? "")
        )
        let names = (try? await client.send(command, within: .milliseconds(250)))?.elements?.compactMap(\.text)
        let others = names.map { Set($0).subtracting([node]) }
        // Where it couldn't be told, nobody knows who still trusts what; after this nobody does, unless he has since been able to look.
        while others.map({ !shared.hasAll($0, change) }) ?? true,
            ContinuousClock.now - started < .seconds(Self.placeSeconds)
        {
            do { try await Task.sleep(for: .milliseconds(2)) } catch { return }
        }
    }

    package func run() async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await self.subscription.run() }
            group.addTask { await cancelWhenGracefulShutdown { await self.keepPlace() } }
            group.addTask { await cancelWhenGracefulShutdown { await self.acknowledge() } }
            group.addTask { await cancelWhenGracefulShutdown { await self.removal.run() } }
            try await group.waitForAll()
        }
    }

    /// Only a node that hears what is published takes a place, since others wait for its answers.
    private func keepPlace() async {
        while !Task.isCancelled {
            let started = NIODeadline.now()
            if let heard = subscription.standing, started - heard.completeUntil < .seconds(1) {
                let command = Command("EVAL", Self.placing, 1, "anysize:nodes", node, Int(Self.placeSeconds * 1000))
                let isPlaced = (try? await client.send(command, within: .milliseconds(250))) != nil
                if isPlaced { shared.renewed(at: started) }
            }
            try? await Task.sleep(for: Self.renewal)
        }
        _ = try? await client.send(Command("ZREM", "anysize:nodes", node))
    }

    /// Answers what the inbox has taken: not on the event loop that messages come on.
    private func acknowledge() async {
        for await change in shared.changes {
            _ = try? await client.send(
                Command("PUBLISH", Self.acknowledgements, "\(change) \(node)"), within: .milliseconds(250))
        }
    }

    private static let now = """
        local time = redis.call('TIME')
        local now = time[1] * 1000 + math.floor(time[2] / 1000)
        redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)

        """

    private static let placing = now + "return redis.call('ZADD', KEYS[1], now + ARGV[2], ARGV[1])"

    private static let publishing =
        now + """
            redis.call('PUBLISH', ARGV[1], ARGV[2])
            return redis.call('ZRANGE', KEYS[1], 0, -1)
            """
}

/// Variants to be removed, one original after the other, not on the event loop that messages come on.
private final class Removal: Sendable {
    private let remove = Mutex<(@Sendable (OriginalTag) async -> Void)?>(nil)
    private let tags: AsyncStream<OriginalTag>
    private let added: AsyncStream<OriginalTag>.Continuation

    /// What doesn't fit stays until it is the oldest in its tier.
    private static let countMax = 10_000

    init() { (tags, added) = AsyncStream.makeStream(bufferingPolicy: .bufferingOldest(Self.countMax)) }

    func set(_ remove: @escaping @Sendable (OriginalTag) async -> Void) { self.remove.withLock { $0 = remove } }

    func add(_ tag: OriginalTag) { added.yield(tag) }

    func run() async {
        for await tag in tags { await remove.withLock { $0 }?(tag) }
    }
}

/// What messages leave behind.
private final class Inbox: Sendable {
    private struct State {
        var forget: (@Sendable (OriginalID) -> Void)?
        /// When the last renewal of this node's place was sent.
        var placeSince: NIODeadline?
        /// By change: the nodes that have answered.
        var answers: [String: Set<String>] = [:]
    }

    private let state = Mutex(State())
    /// Changes that were heard of and have to be answered.
    let changes: AsyncStream<String>
    private let heard: AsyncStream<String>.Continuation

    /// Answers that wait to be sent; whose isn't among them waits for the place of this node to run out.
    private static let countMax = 10_000

    private let removal: Removal

    init(_ removal: Removal) {
        self.removal = removal
        (changes, heard) = AsyncStream.makeStream(bufferingPolicy: .bufferingOldest(Self.countMax))
    }

    func attach(_ forget: @escaping @Sendable (OriginalID) -> Void) { state.withLock { $0.forget = forget } }

    var placeSince: NIODeadline? { state.withLock { $0.placeSince } }
    func renewed(at time: NIODeadline) { state.withLock { $0.placeSince = time } }

    func expect(_ change: String) { state.withLock { $0.answers[change] = [] } }
    func forget(_ change: String) { state.withLock { $0.answers[change] = nil } }
    func hasAll(_ nodes: Set<String>, _ change: String) -> Bool {
        state.withLock { $0.answers[change]?.isSuperset(of: nodes) ?? true }
    }

    func take(_ channel: String, _ message: String) {
        let words = message.split(separator: " ")
        guard (2...3).contains(words.count) else { return }
        let change = String(words[0])
        switch channel {
        case RedisChangeFeed.changes:
            guard let id = OriginalID(words[1]) else { return }
            state.withLock { $0.forget }?(id)
            heard.yield(change)
            // Room, not truth: nothing serves them any more.
            if words.count == 3, let tag = OriginalTag(words[2]) { removal.add(tag) }
        case RedisChangeFeed.acknowledgements:
            state.withLock { _ = $0.answers[change]?.insert(String(words[1])) }
        default: break
        }
    }
}
