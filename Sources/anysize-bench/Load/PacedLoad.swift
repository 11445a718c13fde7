/// Requests that come at a steady rate, whether or not those before them have been answered: an open loop, as users are one. A slow
/// server is asked as often as a fast one, and what waits for a free connection waits in its latency.
struct PacedLoad {
    let port: Int
    /// Requests a second.
    let rate: Double
    let connectionCountMax: Int

    struct Answered {
        let status: Int
        /// From the moment when the request was due.
        let seconds: Double
    }

    struct Result {
        let answers: [Answered]
        /// From the first request to the end of the last answer.
        let seconds: Double

        /// Those of one status, as a load of their own.
        func only(_ status: Int) -> LoadResult {
            LoadResult(
                latencies: answers.filter { $0.status == status }.map(\.seconds).sorted(), seconds: seconds)
        }
    }

    /// - Parameter seconds: after which no new request is due.
    func run(seconds: Double, next: () -> Request) throws -> Result {
        let started = ContinuousClock.now
        let total = Int(rate * seconds)
        var answers: [Answered] = []
        answers.reserveCapacity(total)
        var connections: [LoadConnection] = []
        let arrivals = try Arrivals()
        var dues: [ContinuousClock.Instant] = []
        var idle: [Int] = []
        var begunCount = 0
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 18, alignment: 64)
        defer { buffer.deallocate() }

        func due(_ number: Int) -> ContinuousClock.Instant { started + .seconds(Double(number) / rate) }

        func freeConnection() throws -> Int? {
            if let number = idle.popLast() { return number }
            guard connections.count < connectionCountMax else { return nil }
            let connection = try LoadConnection(port: port)
            connections.append(connection)
            try arrivals.watch(connection, as: connections.count - 1)
            dues.append(started)
            return connections.count - 1
        }

        while answers.count < total {
            while begunCount < total, due(begunCount) <= .now, let number = try freeConnection() {
                dues[number] = due(begunCount)
                begunCount += 1
                try connections[number].begin(next())
            }
            let isFull = idle.isEmpty && connections.count == connectionCountMax
            let patience = begunCount < total && !isFull ? (due(begunCount) - .now) / .seconds(1) : 30
            let ready = try arrivals.wait(seconds: patience)
            if ready.isEmpty, patience >= 30 { throw Failure("no answer within half a minute") }
            for number in ready {
                let connection = connections[number]
                guard try connection.receive(buffer) else { continue }
                answers.append(
                    Answered(status: connection.status, seconds: (ContinuousClock.now - dues[number]) / .seconds(1)))
                idle.append(number)
            }
        }
        return Result(answers: answers, seconds: (ContinuousClock.now - started) / .seconds(1))
    }
}
