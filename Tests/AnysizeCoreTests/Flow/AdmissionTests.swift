import AnysizeCore
import AnysizeTesting
import Testing

@Suite(.timeLimit(.minutes(1))) struct AdmissionTests {
    @Test func noMoreRunThanThereArePermits() async throws {
        let admission = Admission(threadCount: 3, queueSecondsMax: 1000)
        let peak = Shared((now: 0, most: 0))
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<50 {
                group.addTask {
                    try await admission.withPermit(cost: 1) { _ async throws(AnysizeError) in
                        peak.change { $0 = ($0.now + 1, max($0.most, $0.now + 1)) }
                        try? await Task.sleep(for: .milliseconds(2))
                        peak.change { $0.now -= 1 }
                    }
                }
            }
            try await group.waitForAll()
        }
        #expect(peak.value.most == 3)
        #expect(admission.load == (0, 0, 0))
        #expect(admission.refusalNow == nil)
    }

    @Test func theQueueIsBoundedByPredictedTime() async throws {
        let admission = Admission(threadCount: 1, queueSecondsMax: 5)
        let gate = Gate()
        // One runs (2 of its 4 seconds are ahead on average), one waits with 3: 5 ahead, still within the bound.
        let running = hold(admission, cost: 4, gate)
        await eventually { admission.load.running == 1 }
        let queued = [hold(admission, cost: 3, gate)]
        await eventually { admission.load.queued == 1 }
        let last = hold(admission, cost: 0.5, gate)
        await eventually { admission.load.queued == 2 }
        #expect(admission.load.waitSeconds == 5.5)
        #expect(admission.refusalNow == 6)
        await #expect {
            try await admission.withPermit(cost: 0.1) { _ async throws(AnysizeError) in }
        } throws: { error in
            if case .overloaded(retryAfterSeconds: 6) = error as? AnysizeError { true } else { false }
        }
        gate.open()
        for task in [running, last] + queued { try await task.value }
    }

    @Test func whatIsReadAheadRunsAndStillCountsAsAhead() async throws {
        let admission = Admission(threadCount: 1, readAhead: 1, queueSecondsMax: 5)
        let gate = Gate()
        // One on the thread (2 of its 4 seconds are ahead), one with its bytes at hand: 6 seconds ahead of the next.
        let tasks = [hold(admission, cost: 4, gate), hold(admission, cost: 4, gate)]
        await eventually { admission.load.running == 2 }
        #expect(admission.load.waitSeconds == 6)
        #expect(admission.refusalNow == 6)
        #expect(admission.load.queued == 0)
        await #expect(throws: AnysizeError.self) {
            try await admission.withPermit(cost: 0.1) { _ async throws(AnysizeError) in }
        }
        gate.open()
        for task in tasks { try await task.value }
        #expect(admission.load == (0, 0, 0))
    }

    @Test func whoHasWaitedLongerThanPredictedIsRefusedAndNotServedTooLate() async throws {
        let admission = Admission(threadCount: 1, queueSecondsMax: 0.05)
        let gate = Gate()
        let running = hold(admission, cost: 0.01, gate)
        await eventually { admission.load.running == 1 }
        let late = hold(admission, cost: 0.01, gate)
        await eventually { admission.load.queued == 1 }
        // While the other still runs.
        await #expect {
            try await late.value
        } throws: { error in
            if case .overloaded = error as? AnysizeError { true } else { false }
        }
        #expect(admission.load.running == 1)
        gate.open()
        try await running.value
        #expect(admission.load == (0, 0, 0))
    }

    @Test func whoLeavesTheQueueFreesItsPlace() async throws {
        let admission = Admission(threadCount: 1, queueSecondsMax: 1000)
        let gate = Gate()
        let running = hold(admission, cost: 1, gate)
        await eventually { admission.load.running == 1 }
        let leaving = hold(admission, cost: 1, gate)
        await eventually { admission.load.queued == 1 }
        leaving.cancel()
        await #expect(throws: AnysizeError.self) { try await leaving.value }
        #expect(admission.load.queued == 0)
        gate.open()
        try await running.value
        #expect(admission.load.running == 0)
    }

    @Test func firstComeFirstServed() async throws {
        let admission = Admission(threadCount: 1, queueSecondsMax: 1000)
        let gate = Gate()
        let order = Shared<[Int]>([])
        let first = hold(admission, cost: 1, gate)
        await eventually { admission.load.running == 1 }
        var tasks: [Task<Void, any Error>] = []
        for number in 0..<10 {
            tasks.append(
                Task {
                    try await admission.withPermit(cost: 1) { _ async throws(AnysizeError) in
                        order.change { $0.append(number) }
                    }
                }
            )
            await eventually { admission.load.queued == number + 1 }
        }
        gate.open()
        for task in [first] + tasks { try await task.value }
        #expect(order.value == Array(0..<10))
    }

    private func hold(_ admission: Admission, cost: Double, _ gate: Gate) -> Task<Void, any Error> {
        Task { try await admission.withPermit(cost: cost) { _ async throws(AnysizeError) in await gate.wait() } }
    }
}
