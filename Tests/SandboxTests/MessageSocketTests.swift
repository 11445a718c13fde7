import Glibc
import Sandbox
import Testing

@Suite(.timeLimit(.minutes(2))) struct MessageSocketTests {
    @Test(arguments: [1, 2, 4096, 65_536]) func aMessageArrivesWhole(_ count: Int) throws {
        let (here, there) = try MessageSocket.pair()
        let message = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        try here.send(message)
        try here.send([9])
        #expect(try there.receive() == message)
        #expect(try there.receive() == [9])
    }

    @Test func aMessageThatIsTooLongIsRefusedOnBothSides() throws {
        let (here, there) = try MessageSocket.pair()
        let long = [UInt8](repeating: 1, count: MessageSocket.byteCountMax + 1)
        #expect(throws: MessageError.tooLong(byteCount: long.count)) { try here.send(long) }
        // A peer that doesn't keep to the rule.
        #expect(long.withUnsafeBytes { Glibc.send(here.descriptor, $0.baseAddress, $0.count, 0) } == long.count)
        #expect(throws: MessageError.tooLong(byteCount: long.count)) { try there.receive() }
    }

    @Test func whatWasSentBeforeTheEndIsReceivedBeforeTheEnd() throws {
        let there = try {
            let (here, there) = try MessageSocket.pair()
            try here.send([1])
            return there
        }()
        #expect(try there.receive() == [1])
        #expect(try there.receive() == nil)
        #expect(throws: MessageError.closed) { try there.send([2]) }
    }

    @Test func anEndWithUnreadMessagesIsAnEndToo() throws {
        let there = try {
            let (here, there) = try MessageSocket.pair()
            try there.send([1])
            withExtendedLifetime(here) {}
            return there
        }()
        #expect(try there.receive() == nil)
    }

    @Test func receivingEndsAtTheDeadline() throws {
        let (here, there) = try MessageSocket.pair()
        let start = ContinuousClock.now
        #expect(throws: MessageError.timedOut) { try there.receive(until: start + .milliseconds(50)) }
        #expect(ContinuousClock.now - start >= .milliseconds(50))
        withExtendedLifetime(here) {}
    }

    @Test func aDeadlineThatIsOverStillTakesWhatIsThere() throws {
        let (here, there) = try MessageSocket.pair()
        try here.send([1])
        #expect(try there.receive(until: ContinuousClock.now - .seconds(1)) == [1])
        #expect(throws: MessageError.timedOut) { try there.receive(until: ContinuousClock.now - .seconds(1)) }
    }

    @Test func sendingToOneWhoDoesNotReadEndsAtTheDeadline() throws {
        let (here, there) = try MessageSocket.pair()
        let message = [UInt8](repeating: 1, count: MessageSocket.byteCountMax)
        #expect(throws: MessageError.timedOut) {
            while true { try here.send(message, until: ContinuousClock.now + .milliseconds(50)) }
        }
        #expect(try there.receive() == message)
    }

    @Test func aChildAnswersAndSeesTheEnd() throws {
        let process = try {
            let probe = try Probe("echo", layers: "all")
            #expect(try probe.line() == "entered")
            for round in UInt8(1)...100 {
                try probe.socket.send([round, 2, 3])
                #expect(try probe.socket.receive(until: ContinuousClock.now + .seconds(30)) == [round, 2, 3])
            }
            return probe.process
        }()
        #expect(process.wait() == .exited(code: 7))
    }

    @Test func theEndOfAChildIsTheEndOfItsSocket() throws {
        let probe = try Probe("stay", layers: "all")
        #expect(try probe.line() == "entered")
        probe.process.kill()
        #expect(try probe.socket.receive(until: ContinuousClock.now + .seconds(30)) == nil)
    }
}
