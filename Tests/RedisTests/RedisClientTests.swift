import AnysizeTesting
import Foundation
import Logging
import NIOCore
import NIOPosix
import ServiceLifecycle
import Synchronization
import Testing

@testable import Redis

/// Against the real server.
@Suite(.timeLimit(.minutes(1)), .serialized) struct RedisClientTests {
    private func address(of server: RedisServer) -> RedisAddress { RedisAddress(server.url)! }

    private static let quiet = Logger(label: "redis-tests") { _ in SwiftLogNoOpLogHandler() }

    /// Runs a client for as long as the work does, which begins when it is up, if it can be.
    private func with(
        _ address: RedisAddress, awaitsUp: Bool = true, _ work: @Sendable (RedisClient) async throws -> Void
    ) async throws {
        let client = try RedisClient(
            address, group: .singletonMultiThreadedEventLoopGroup, logger: Self.quiet)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await client.run() }
            if awaitsUp { await eventually { client.isUp } }
            try await work(client)
            group.cancelAll()
        }
    }

    @Test func thousandsOfCommandsOfManyTasksGetTheirOwnReplies() async throws {
        let server = try await RedisServer()
        try await with(address(of: server)) { client in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for task in 0..<100 {
                    group.addTask {
                        for number in 0..<100 {
                            let value = ByteBuffer(string: "\(task)/\(number)/" + String(repeating: "x", count: number))
                            let stored = try await client.send(Command("SET", "\(task)", value), within: .seconds(10))
                            #expect(stored == .status("OK"))
                            let found = try await client.send(Command("GET", "\(task)"), within: .seconds(10))
                            #expect(found == .bulk(value))
                        }
                    }
                }
                try await group.waitForAll()
            }
        }
    }

    @Test func valuesOfMegabytesComeBackWhole() async throws {
        let server = try await RedisServer()
        let value = SampleBytes.make(8_000_000, seed: 1)
        try await with(address(of: server)) { client in
            _ = try await client.send(Command("SET", "large", value), within: .seconds(10))
            #expect(try await client.send(Command("GET", "large"), within: .seconds(10)) == .bulk(value))
        }
    }

    @Test func passwordsUsersAndDatabasesAreHonoured() async throws {
        let server = try await RedisServer("--requirepass", "s:e@c")
        let byPassword = try #require(RedisAddress("redis://:s%3Ae%40c@127.0.0.1:\(server.port)"))
        try await with(byPassword) { client in
            let user = Command("ACL", "SETUSER", "cat", "on", ">me%ow", "~*", "&*", "+@all")
            let answer = try await client.send(user, within: .seconds(5))
            #expect(answer == .status("OK"))
        }
        let byUser = try #require(RedisAddress("redis://cat:me%25ow@127.0.0.1:\(server.port)/3"))
        try await with(byUser) { client in
            let info = try await client.send(Command("CLIENT", "INFO"), within: .seconds(5)).text
            #expect(info?.contains(" db=3 ") == true && info?.contains("name=anysize") == true)
            #expect(info?.contains(" user=cat ") == true)
        }
        for login in ["", ":wrong@", "dog:meow@"] {
            let address = try #require(RedisAddress("redis://\(login)127.0.0.1:\(server.port)"))
            // Without a password the greeting is refused as well: whoever may do nothing is not connected.
            try await with(address, awaitsUp: false) { client in
                try await Task.sleep(for: .milliseconds(200))
                await #expect(throws: RedisError.unavailable) { try await client.send(Command("PING")) }
            }
        }
    }

    @Test func refusalsAreToldApart() async throws {
        let server = try await RedisServer("--maxmemory", "6mb", "--maxmemory-policy", "noeviction")
        try await with(address(of: server)) { client in
            func kind(_ command: Command) async -> ServerError.Kind? {
                do throws(RedisError) { _ = try await client.send(command, within: .seconds(5)) } catch {
                    if case .server(let refusal) = error { return refusal.kind }
                }
                return nil
            }
            var refusal: ServerError.Kind?
            for number in 0..<200 where refusal == nil {
                refusal = await kind(Command("SET", "\(number)", ByteBuffer(repeating: 1, count: 100_000)))
            }
            #expect(refusal == .outOfMemory)
            _ = try await client.send(Command("FLUSHALL"), within: .seconds(5))
            _ = try await client.send(Command("LPUSH", "list", "x"), within: .seconds(5))
            #expect(await kind(Command("GET", "list")) == .wrongType)
            #expect(await kind(Command("EVALSHA", String(repeating: "0", count: 40), 0)) == .noScript)
            #expect(await kind(Command("NONSENSE")) == .other)
            _ = try await client.send(Command("REPLICAOF", "127.0.0.1", 1), within: .seconds(5))
            #expect(await kind(Command("SET", "x", "y")) == .readOnly)
        }
    }

    @Test func aServerThatHangsCostsADeadlineAndThenNothing() async throws {
        let server = try await RedisServer()
        try await with(address(of: server)) { client in
            _ = try await client.send(Command("SET", "x", "y"), within: .seconds(5))
            server.signal(SIGSTOP)
            defer { server.signal(SIGCONT) }
            let started = ContinuousClock.now
            await #expect(throws: RedisError.timedOut) { try await client.send(Command("GET", "x")) }
            #expect(ContinuousClock.now - started < .milliseconds(200))
            while client.isUp { _ = try? await client.send(Command("GET", "x")) }
            let refused = ContinuousClock.now
            for _ in 0..<1000 {
                await #expect(throws: RedisError.unavailable) { try await client.send(Command("GET", "x")) }
            }
            #expect(ContinuousClock.now - refused < .milliseconds(500))
            server.signal(SIGCONT)
            await eventually { client.isUp }
            #expect(try await client.send(Command("GET", "x"), within: .seconds(5)) == .bulk(ByteBuffer(string: "y")))
        }
    }

    @Test func aLateReplyGoesToNobodyElse() async throws {
        let server = try await RedisServer()
        try await with(address(of: server)) { client in
            _ = try await client.send(Command("SET", "x", "y"), within: .seconds(5))
            server.signal(SIGSTOP)
            for _ in 0..<10 {
                // In vain, or soon not even tried.
                await #expect(throws: RedisError.self) {
                    try await client.send(Command("GET", "x"), within: .milliseconds(5))
                }
            }
            server.signal(SIGCONT)
            while (try? await client.send(Command("PING"))) != .status("PONG") {}
            #expect(try await client.send(Command("ECHO", "z"), within: .seconds(5)) == .bulk(ByteBuffer(string: "z")))
        }
    }

    @Test func aServerThatIsKilledIsFoundAgain() async throws {
        let server = try await RedisServer()
        try await with(address(of: server)) { client in
            server.crash()
            await eventually { !client.isUp }
            await #expect(throws: RedisError.unavailable) { try await client.send(Command("PING")) }
            try await server.restart()
            let started = ContinuousClock.now
            await eventually { client.isUp }
            #expect(ContinuousClock.now - started < .seconds(3))
            #expect(try await client.send(Command("PING"), within: .seconds(5)) == .status("PONG"))
        }
    }

    @Test(arguments: ["garbage\r\n", "$999999999999\r\n", "+OK\r\n+OK\r\n+OK\r\n+unasked\r\n", "", "*2147483647\r\n"])
    func aServerThatTalksNonsenseIsOneThatIsNotThere(_ text: String) async throws {
        let channel = try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture { try channel.pipeline.syncOperations.addHandler(Babbler(text)) }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        let port = try #require(channel.localAddress?.port)
        try await with(try #require(RedisAddress("redis://127.0.0.1:\(port)/1")), awaitsUp: false) { client in
            for _ in 0..<20 {
                await #expect(throws: RedisError.self) { try await client.send(Command("GET", "x")) }
                try await Task.sleep(for: .milliseconds(20))
            }
        }
        try await channel.close()
    }

    @Test func messagesArriveInOrderAndTheStandingTellsOfGaps() async throws {
        let server = try await RedisServer()
        let received = Shared<[String]>([])
        let subscription = try RedisSubscription(
            address(of: server), channels: ["news", "weather"], group: .singletonMultiThreadedEventLoopGroup,
            logger: Self.quiet
        ) { channel, message in received.change { $0.append("\(channel) \(String(buffer: message))") } }
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await subscription.run() }
            await eventually { subscription.standing != nil }
            let first = try #require(subscription.standing)
            try await with(address(of: server)) { client in
                for number in 0..<1000 {
                    let count = try await client.send(Command("PUBLISH", "news", number), within: .seconds(5)).number
                    #expect(count == 1)
                }
            }
            let published = NIODeadline.now()
            // The standing's promise: what was published before has been handled.
            await eventually { (subscription.standing?.completeUntil ?? first.completeUntil) > published }
            #expect(received.value == (0..<1000).map { "news \($0)" })
            #expect(subscription.standing?.era == first.era)
            server.crash()
            await eventually { subscription.standing == nil }
            try await server.restart()
            await eventually { subscription.standing != nil }
            #expect(subscription.standing?.era != first.era)
            server.signal(SIGSTOP)
            await eventually { subscription.standing == nil }
            server.signal(SIGCONT)
            await eventually { subscription.standing != nil }
            group.cancelAll()
        }
    }
}

/// A server that says always the same.
private final class Babbler: ChannelInboundHandler, Sendable {
    typealias InboundIn = ByteBuffer
    private let text: String
    init(_ text: String) { self.text = text }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !text.isEmpty else { return }
        context.writeAndFlush(NIOAny(ByteBuffer(string: text)), promise: nil)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}
