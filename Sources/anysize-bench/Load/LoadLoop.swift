#if canImport(Glibc)
    import Glibc
#endif

/// What a load has measured.
struct LoadResult {
    /// Seconds from each request to the end of its answer, sorted.
    let latencies: [Double]
    /// From the first request to the end of the last answer.
    let seconds: Double

    var count: Int { latencies.count }

    /// - Parameter fraction: 0.5 is the median.
    func latency(_ fraction: Double) -> Double {
        latencies.isEmpty ? .nan : latencies[min(latencies.count - 1, Int(Double(latencies.count) * fraction))]
    }
}

/// Connections that each send a request when the one before is answered, all on the calling thread.
///
/// It is a closed loop: a slow server is asked less often. That is right for what a request costs, which is what most contests
/// are about, and flatters latencies under overload, which none of them is.
struct LoadLoop {
    let port: Int
    let connectionCount: Int

    /// - Parameters:
    ///   - seconds: after which no new request begins.
    ///   - next: the next request of a connection, by its number; nil when there are no more.
    func run(seconds: Double = .infinity, next: (_ connection: Int) -> Request?) throws -> LoadResult {
        let connections = try (0..<connectionCount).map { _ in try LoadConnection(port: port) }
        var watched = connections.map { pollfd(fd: $0.descriptor, events: Int16(POLLIN), revents: 0) }
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 18, alignment: 64)
        defer { buffer.deallocate() }

        var latencies: [Double] = []
        latencies.reserveCapacity(1 << 18)
        let started = ContinuousClock.now
        let end = seconds.isFinite ? started + .seconds(seconds) : nil
        var runningCount = 0

        func begin(_ number: Int) throws {
            if let end, ContinuousClock.now >= end { return }
            guard let request = next(number) else { return }
            runningCount += 1
            try connections[number].begin(request)
            watched[number].events = Self.events(connections[number])
        }

        for number in connections.indices { try begin(number) }
        while runningCount > 0 {
            guard poll(&watched, nfds_t(watched.count), 60_000) > 0 else { throw Failure("no answer within a minute") }
            for number in watched.indices where watched[number].revents != 0 {
                let connection = connections[number]
                if connection.isSending {
                    try connection.send()
                    watched[number].events = Self.events(connection)
                }
                guard watched[number].revents != Int16(POLLOUT), try connection.receive(buffer) else { continue }
                latencies.append((ContinuousClock.now - connection.startedAt) / .seconds(1))
                runningCount -= 1
                try begin(number)
            }
        }
        let elapsed = (ContinuousClock.now - started) / .seconds(1)
        return LoadResult(latencies: latencies.sorted(), seconds: elapsed)
    }

    private static func events(_ connection: LoadConnection) -> Int16 {
        Int16(POLLIN) | (connection.isSending ? Int16(POLLOUT) : 0)
    }
}
