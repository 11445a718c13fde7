import AnysizeServer
import NIOCore
import Testing

/// The arithmetic of time on one connection, without a socket or a wait.
@Suite("Connection clock", .timeLimit(.minutes(1)))
struct ConnectionClockTests {
    private static let limits: ConnectionLimits = {
        var limits = ConnectionLimits()
        limits.headerSecondsMax = 10
        limits.idleSecondsMax = 75
        limits.bodyGraceSeconds = 5
        limits.bodyBytesPerSecondMin = 100
        limits.bodySecondsMax = 60
        limits.writeGraceSeconds = 5
        limits.writeBytesPerSecondMin = 100
        limits.stallSecondsMax = 30
        limits.lingerSecondsMax = 2
        return limits
    }()

    /// An instant, in seconds since the connection was opened.
    private static func at(_ seconds: Double) -> NIODeadline {
        .uptimeNanoseconds(1_000_000_000_000 + UInt64(seconds * 1_000_000_000))
    }

    private func makeClock() -> ConnectionClock {
        ConnectionClock(limits: Self.limits, now: Self.at(0))
    }

    /// A clock whose body became due at 0 and that is reading.
    private func makeBodyClock() -> ConnectionClock {
        var clock = self.makeClock()
        clock.bodyProgressed(byteCount: 0, isDue: true, now: Self.at(0))
        clock.readingResumed(now: Self.at(0))
        return clock
    }

    /// Checks what the clock says just before, and at, the instant it names as its deadline.
    private func check(
        _ clock: ConnectionClock,
        says verdict: ConnectionClock.Verdict,
        at seconds: Double,
        sourceLocation: SourceLocation = #_sourceLocation
    ) {
        #expect(clock.deadline == Self.at(seconds), sourceLocation: sourceLocation)
        #expect(clock.verdict(now: Self.at(seconds - 0.001)) == nil, sourceLocation: sourceLocation)
        #expect(clock.verdict(now: Self.at(seconds)) == verdict, sourceLocation: sourceLocation)
    }

    @Test("The first header is due from the opening, and bytes don't prolong it")
    func firstHeader() {
        var clock = self.makeClock()
        self.check(clock, says: .headerTimeout(isBegun: false), at: 10)
        for second in 1...9 { clock.headerBegan(now: Self.at(Double(second))) }
        self.check(clock, says: .headerTimeout(isBegun: true), at: 10)
    }

    @Test("A later header is due from its first byte")
    func laterHeader() {
        var clock = self.makeClock()
        clock.requestEnded()
        clock.responseEnded(now: Self.at(20))
        self.check(clock, says: .idle, at: 95)
        clock.headerBegan(now: Self.at(50))
        clock.headerBegan(now: Self.at(55))
        self.check(clock, says: .headerTimeout(isBegun: true), at: 60)
    }

    @Test("While a complete request is being answered, nothing is due")
    func answering() {
        var clock = self.makeClock()
        clock.requestEnded()
        #expect(clock.deadline == nil)
        #expect(clock.verdict(now: Self.at(1_000_000)) == nil)
    }

    @Test("A body gets its grace, then must keep up the rate on average")
    func bodyRate() {
        var clock = self.makeBodyClock()
        self.check(clock, says: .bodySlow, at: 5)
        clock.bodyProgressed(byteCount: 200, isDue: true, now: Self.at(4))
        self.check(clock, says: .bodySlow, at: 7)
        clock.bodyProgressed(byteCount: 150, isDue: true, now: Self.at(6))
        self.check(clock, says: .bodySlow, at: 8.5)
    }

    @Test("Speed buys no more than the longest stall")
    func bodyStall() {
        var clock = self.makeBodyClock()
        clock.bodyProgressed(byteCount: 1_000_000, isDue: true, now: Self.at(3))
        self.check(clock, says: .bodySlow, at: 33)
    }

    @Test("A body may not take longer than its time, however fast it comes")
    func bodyTotal() {
        var clock = self.makeBodyClock()
        for second in 1...59 { clock.bodyProgressed(byteCount: 10_000, isDue: true, now: Self.at(Double(second))) }
        self.check(clock, says: .bodyTimeout, at: 60)
    }

    @Test("Time in which we don't read is not the client's")
    func bodyPause() {
        var clock = self.makeBodyClock()
        clock.readingPaused(now: Self.at(2))
        #expect(clock.deadline == nil)
        #expect(clock.verdict(now: Self.at(1_000)) == nil)
        clock.readingResumed(now: Self.at(100))
        self.check(clock, says: .bodySlow, at: 103)
        for second in 101...170 { clock.bodyProgressed(byteCount: 500, isDue: true, now: Self.at(Double(second))) }
        self.check(clock, says: .bodyTimeout, at: 158)
    }

    @Test("Until we say 100 Continue no bytes are due, but the whole body still is")
    func continueAwaited() {
        var clock = self.makeClock()
        clock.bodyProgressed(byteCount: 0, isDue: false, now: Self.at(0))
        clock.readingResumed(now: Self.at(0))
        self.check(clock, says: .bodyTimeout, at: 60)
        clock.bodyBecameDue(now: Self.at(20))
        self.check(clock, says: .bodySlow, at: 25)
    }

    @Test("100 Continue during a pause starts the rate when the pause ends")
    func continueDuringPause() {
        var clock = self.makeClock()
        clock.bodyProgressed(byteCount: 0, isDue: false, now: Self.at(0))
        clock.bodyBecameDue(now: Self.at(20))
        clock.readingResumed(now: Self.at(30))
        self.check(clock, says: .bodySlow, at: 35)
    }

    @Test("Bytes that wait for the client must leave at the rate, until none waits")
    func writes() {
        var clock = self.makeClock()
        clock.requestEnded()
        clock.wroteBytes(waitingByteCount: 1_000, sentByteCount: 50, now: Self.at(10))
        self.check(clock, says: .writeSlow, at: 15)
        clock.wroteBytes(waitingByteCount: 900, sentByteCount: 150, now: Self.at(14))
        self.check(clock, says: .writeSlow, at: 16)
        clock.wroteBytes(waitingByteCount: 0, sentByteCount: 1_050, now: Self.at(15))
        #expect(clock.deadline == nil)
        clock.wroteBytes(waitingByteCount: 10, sentByteCount: 1_050, now: Self.at(40))
        self.check(clock, says: .writeSlow, at: 45)
    }

    @Test("The earlier of two deadlines counts, whichever way it is")
    func bothWays() {
        var clock = self.makeBodyClock()
        clock.wroteBytes(waitingByteCount: 10, sentByteCount: 0, now: Self.at(1))
        self.check(clock, says: .bodySlow, at: 5)
        clock.bodyProgressed(byteCount: 500, isDue: true, now: Self.at(4))
        self.check(clock, says: .writeSlow, at: 6)
    }

    @Test("After the last answer only getting it out, and then a moment, count")
    func lingering() {
        var clock = self.makeBodyClock()
        clock.closingBegan()
        #expect(clock.deadline == nil)
        #expect(!clock.isLingering)
        clock.lingeringBegan(now: Self.at(3))
        #expect(clock.isLingering)
        clock.headerBegan(now: Self.at(4))
        self.check(clock, says: .lingered, at: 5)
    }

    @Test("Looking at a deadline that has moved on says nothing")
    func early() {
        var clock = self.makeBodyClock()
        clock.bodyProgressed(byteCount: 1_000, isDue: true, now: Self.at(1))
        #expect(clock.verdict(now: Self.at(5)) == nil)
    }

    @Test("The patience left never exceeds the larger of grace and stall", arguments: [1, 2, 3, 4, 5])
    func floorIsBounded(seed: UInt64) {
        var random = Lehmer(state: seed)
        var now = Self.at(0)
        var floor = RateFloor(bytesPerSecondMin: 100, graceSeconds: 5, stallSecondsMax: 30, now: now)
        for _ in 0..<1_000 {
            now = now + .milliseconds(Int64(random.next() % 1_000))
            let before = floor.until
            floor.credit(byteCount: Int(random.next() % 5_000), now: now)
            #expect(floor.until >= before || floor.until == now + .seconds(30))
            #expect(floor.until <= max(before, now + .seconds(30)))
        }
    }
}

/// A small generator with a seed, so that a failure can be repeated.
private struct Lehmer: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        self.state = self.state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return self.state >> 33
    }
}
