import AnysizeTesting
import Logging
import NIOCore
import NIOPosix
import Synchronization
import Testing

@testable import Redis

@Suite(.timeLimit(.minutes(1))) struct SlownessTests {
    @Test func `after five late answers in a row nobody asks for a second, then one does`() {
        let time = Shared(NIODeadline.uptimeNanoseconds(1_000_000_000))
        let breaker = SlownessBreaker { time.value }
        for _ in 0..<4 { breaker.timedOut() }
        breaker.answered()
        for _ in 0..<4 { breaker.timedOut() }
        #expect(breaker.allows(), "one in time begins the count anew")
        breaker.timedOut()
        #expect(!breaker.allows())
        time.change { $0 = $0 + SlownessBreaker.pause }
        #expect(breaker.allows() && !breaker.allows(), "one finds out for all")
        breaker.timedOut()
        #expect(!breaker.allows())
        time.change { $0 = $0 + SlownessBreaker.pause }
        #expect(breaker.allows())
        breaker.answered()
        #expect(breaker.allows() && breaker.allows())
    }

    @Test func `lines are few, and tell how many they stand for`() {
        let time = Shared(NIODeadline.uptimeNanoseconds(1_000_000_000))
        let complaints = RedisComplaints { time.value }
        #expect(complaints.add() == 1)
        for _ in 0..<50 { #expect(complaints.add() == nil) }
        time.change { $0 = $0 + RedisComplaints.interval }
        #expect(complaints.add() == 51)
    }

    @Test func `a server that takes nothing is told of in the log, though it is up`() async throws {
        let server = try await RedisServer("--maxmemory", "1", "--maxmemory-policy", "noeviction")
        let lines = Shared<[String]>([])
        let logger = Logger(label: "redis-tests") { _ in LineCollector(lines) }
        let client = try RedisClient(
            RedisAddress(server.url)!, group: .singletonMultiThreadedEventLoopGroup, logger: logger)
        await withTaskGroup(of: Void.self) { group in
            group.addTask { try? await client.run() }
            await eventually { client.isUp }
            for number in 0..<20 {
                await #expect(throws: RedisError.self) {
                    try await client.send(Command("SET", "\(number)", "y"), within: .seconds(5))
                }
            }
            group.cancelAll()
        }
        let told = lines.value.filter { $0.contains("doesn't do what it is asked") }
        #expect(told.count == 1 && told[0].contains("OOM"), "\(lines.value)")
    }
}

/// Keeps what is logged.
private struct LineCollector: LogHandler {
    let lines: Shared<[String]>
    var metadata: Logger.Metadata = [:]
    var logLevel = Logger.Level.trace

    init(_ lines: Shared<[String]>) { self.lines = lines }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        let line = "\(event.message) \(event.metadata ?? [:])"
        lines.change { $0.append(line) }
    }
}
