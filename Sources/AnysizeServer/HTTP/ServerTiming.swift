import AnysizeCore

/// The value of `Server-Timing`: what an answer cost, in milliseconds, step by step.
struct ServerTiming {
    private var metrics: [String] = []

    /// Adds a step that happened; nil for one that didn't.
    mutating func add(_ name: String, seconds: Double?, description: String? = nil) {
        // Whatever was measured, an answer doesn't end the process.
        guard let seconds, (0..<1e9).contains(seconds) else { return }
        let microseconds = Int((seconds * 1_000_000).rounded())
        let fraction = microseconds % 1000
        let padding = fraction < 10 ? "00" : fraction < 100 ? "0" : ""
        let text = description.map { ";desc=\"\($0)\"" } ?? ""
        metrics.append("\(name);dur=\(microseconds / 1000).\(padding)\(fraction)\(text)")
    }

    var value: String? { metrics.isEmpty ? nil : metrics.joined(separator: ", ") }

    static func total(seconds: Double) -> String? {
        var timing = ServerTiming()
        timing.add("total", seconds: seconds)
        return timing.value
    }

    static func of(_ timings: DeliveryTimings, source: RenderSource, totalSeconds: Double) -> String? {
        var timing = ServerTiming()
        timing.add("queue", seconds: timings.queue)
        timing.add("wait", seconds: timings.wait)
        timing.add("levels", seconds: timings.levels)
        timing.add("load", seconds: timings.load, description: source.words)
        timing.add("decode", seconds: timings.render?.open, description: "header")
        // Rows are decoded as resampling asks for them, and often encoded as they come, so these have one time between them.
        timing.add("resize", seconds: timings.render?.resize, description: "decode and resize")
        let isStreamed = timings.render.map { $0.resize == nil } ?? false
        timing.add(
            "encode", seconds: timings.render?.encode, description: isStreamed ? "decode, resize and encode" : nil)
        timing.add("store", seconds: timings.store)
        timing.add("total", seconds: totalSeconds)
        return timing.value
    }

    static func of(_ timings: UploadService.Receipt.Timings, totalSeconds: Double) -> String? {
        var timing = ServerTiming()
        timing.add("receive", seconds: timings.receive)
        timing.add("queue", seconds: timings.queue)
        timing.add("decode", seconds: timings.decode)
        timing.add("store", seconds: timings.store)
        timing.add("levels", seconds: timings.levels)
        timing.add("total", seconds: totalSeconds)
        return timing.value
    }
}

extension RenderSource {
    /// `original`, or `level 504x378`.
    fileprivate var words: String {
        switch self {
        case .original: "original"
        case .level(let level): "level \(level.size.width)x\(level.size.height)"
        }
    }
}
