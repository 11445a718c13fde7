import Foundation

/// Programs that do their work and end: the way of one process a picture, and the loop of bare libvips calls.
struct Commands {
    let bench: Bench

    /// Runs a program to its end.
    /// - Parameter mayFail: then its complaints are nobody's business; it still throws.
    /// - Returns: what it wrote to standard output.
    @discardableResult
    func run(_ program: String, _ arguments: [String], environment: [String: String] = [:], mayFail: Bool = false)
        throws -> Data
    {
        let process = Process()
        process.executableURL = URL(filePath: program)
        process.arguments = arguments
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        let output = Pipe()
        process.standardOutput = output
        if mayFail { process.standardError = FileHandle.nullDevice }
        try process.run()
        let data = try output.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else {
            throw Failure("\(program) \(arguments.joined(separator: " ")) ended with \(process.terminationStatus)")
        }
        return data
    }

    /// The bare libvips calls, on as many threads as there are cores.
    /// - Parameter format: `jpeg`, `png`, `webp`, `avif`, or `decode` for one full decode and no more.
    func loop(
        _ file: String, seconds: Double, width: Int, height: Int, format: String, quality: Int, threads: Int? = nil
    ) throws -> Sample {
        struct Result: Decodable {
            let renders: Int
            let seconds: Double
            let cpuMillisecondsPerRender: Double
            let bytes: Int
        }
        let words = [file, "\(threads ?? bench.cores)", "\(seconds)", "\(width)", "\(height)", format, "\(quality)"]
        // The service bounds glibc's arenas by itself; the loop gets the same allocator.
        let result = try JSONDecoder().decode(
            Result.self, from: run(bench.loop, words, environment: ["MALLOC_ARENA_MAX": "2"]))
        return Sample(
            count: result.renders, seconds: result.seconds,
            processorSeconds: result.cpuMillisecondsPerRender * Double(result.renders) / 1000, bytes: result.bytes)
    }

    /// One process for each picture, as many at once as there are cores.
    /// - Parameter seconds: after which none begins.
    func processes(_ program: String, _ arguments: [String], seconds: Double) throws -> Sample {
        let before = Self.endedChildrenSeconds
        let started = ContinuousClock.now
        let end = started + .seconds(seconds)
        var running: [Spawned] = []
        var count = 0
        while ContinuousClock.now < end || !running.isEmpty {
            for process in running {
                guard let status = process.ending() else { continue }
                guard status == 0 else { throw Failure("\(program) failed with status \(status)") }
                count += 1
            }
            running.removeAll { $0.ending() != nil }
            if running.count < bench.cores, ContinuousClock.now < end {
                running.append(
                    try Spawned(
                        program, arguments, output: "/dev/null", environment: ProcessInfo.processInfo.environment))
            } else {
                usleep(500)
            }
        }
        let elapsed = (ContinuousClock.now - started) / .seconds(1)
        return Sample(count: count, seconds: elapsed, processorSeconds: Self.endedChildrenSeconds - before)
    }

    private static var endedChildrenSeconds: Double {
        var usage = rusage()
        getrusage(RUSAGE_CHILDREN.rawValue, &usage)
        return Double(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec)
            + Double(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6
    }
}
