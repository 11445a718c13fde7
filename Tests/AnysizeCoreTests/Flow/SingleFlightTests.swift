import AnysizeCore
import AnysizeTesting
import Testing

@Suite(.timeLimit(.minutes(1))) struct SingleFlightTests {
    private let flights = SingleFlight<String, Int>()

    @Test func manyCallersShareOneRun() async throws {
        let gate = Gate()
        let runs = Shared(0)
        let values = try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<100 {
                group.addTask {
                    try await flights.value(for: "a", within: .seconds(30)) { () async throws(AnysizeError) in
                        runs.change { $0 += 1 }
                        await gate.wait()
                        return 7
                    }.value
                }
            }
            await eventually { flights.counts.waiters == 100 }
            gate.open()
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(values == Array(repeating: 7, count: 100))
        #expect(runs.value == 1)
        #expect(flights.counts == (0, 0))
    }

    @Test func whoLeavesTakesNothingFromTheOthers() async throws {
        let gate = Gate()
        let leaving = (0..<99).map { _ in Task { try await land(gate) } }
        await eventually { flights.counts.waiters == 99 }
        let staying = Task { try await land(gate) }
        await eventually { flights.counts.waiters == 100 }
        for task in leaving { task.cancel() }
        for task in leaving {
            await #expect { try await task.value } throws: { isCallerGone($0) }
        }
        gate.open()
        #expect(try await staying.value == 7)
    }

    @Test func theLastToLeaveCancelsTheWork() async throws {
        let cancelled = Gate()
        let started = Gate()
        let callers = (0..<3).map { _ in
            Task {
                try await flights.value(for: "a", within: .seconds(30)) { () async throws(AnysizeError) in
                    started.open()
                    await withTaskCancellationHandler {
                        await cancelled.wait()
                    } onCancel: {
                        cancelled.open()
                    }
                    return 1
                }.value
            }
        }
        await started.wait()
        await eventually { flights.counts.waiters == 3 }
        for caller in callers { caller.cancel() }
        await cancelled.wait()
        for caller in callers {
            await #expect { try await caller.value } throws: { isCallerGone($0) }
        }
        #expect(flights.counts == (0, 0))
    }

    @Test func afterAllHaveLeftTheNextCallerStartsAnew() async throws {
        let gate = Gate()
        let first = Task { try await land(gate) }
        await eventually { flights.counts.waiters == 1 }
        first.cancel()
        _ = try? await first.value
        let second = try await flights.value(for: "a", within: .seconds(30)) { () async throws(AnysizeError) in 8 }
        #expect(second.value == 8)
        #expect(!second.isJoined)
        gate.open()
    }

    @Test func aFailureGoesToAllAndIsForgotten() async throws {
        let gate = Gate()
        let callers = (0..<5).map { _ in
            Task {
                try await flights.value(for: "a", within: .seconds(30)) { () async throws(AnysizeError) in
                    await gate.wait()
                    throw .storeFull
                }.value
            }
        }
        await eventually { flights.counts.waiters == 5 }
        gate.open()
        for caller in callers {
            await #expect { try await caller.value } throws: { error in
                if case .storeFull = error as? AnysizeError { true } else { false }
            }
        }
        let again = try await flights.value(for: "a", within: .seconds(30)) { () async throws(AnysizeError) in 9 }
        #expect(again.value == 9)
    }

    @Test func theDeadlineAnswersEverybodyWhileWorkIsStuck() async throws {
        let gate = Gate()
        let callers = (0..<3).map { _ in
            Task {
                try await flights.value(for: "a", within: .milliseconds(50)) { () async throws(AnysizeError) in
                    await gate.wait()
                    return 1
                }.value
            }
        }
        for caller in callers {
            await #expect { try await caller.value } throws: { error in
                if case .deadlinePassed = error as? AnysizeError { true } else { false }
            }
        }
        gate.open()
    }

    @Test func waitersAreBounded() async throws {
        let narrow = SingleFlight<String, Int>(waiterCountMax: 2)
        let gate = Gate()
        let inside = (0..<2).map { _ in
            Task {
                try await narrow.value(for: "a", within: .seconds(30)) { () async throws(AnysizeError) in
                    await gate.wait()
                    return 1
                }.value
            }
        }
        await eventually { narrow.counts.waiters == 2 }
        await #expect {
            try await narrow.value(for: "a", within: .seconds(30)) { () async throws(AnysizeError) in 1 }.value
        } throws: { error in
            if case .overloaded = error as? AnysizeError { true } else { false }
        }
        gate.open()
        for task in inside { #expect(try await task.value == 1) }
    }

    private func land(_ gate: Gate) async throws -> Int {
        try await flights.value(for: "a", within: .seconds(30)) { () async throws(AnysizeError) in
            await gate.wait()
            return 7
        }.value
    }

    private func isCallerGone(_ error: any Error) -> Bool {
        if case .callerGone = error as? AnysizeError { true } else { false }
    }
}
