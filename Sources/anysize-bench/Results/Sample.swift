/// What one contender did in one round.
struct Sample: Codable {
    /// Requests, renders or uploads.
    var count: Int
    var seconds: Double
    /// Of the program and its children; nil where it isn't known.
    var processorSeconds: Double?
    /// In seconds, of one operation.
    var median: Double?
    var p99: Double?
    /// Bytes of an answer, or of resident memory, where that is what is looked at.
    var bytes: Int?
    /// SSIMULACRA 2, where pictures were looked at.
    var score: Double?

    init(
        count: Int, seconds: Double, processorSeconds: Double? = nil, median: Double? = nil, p99: Double? = nil,
        bytes: Int? = nil
    ) {
        self.count = count
        self.seconds = seconds
        self.processorSeconds = processorSeconds
        self.median = median
        self.p99 = p99
        self.bytes = bytes
    }

    init(_ result: LoadResult, processorSeconds: Double?) {
        self.init(
            count: result.count, seconds: result.seconds, processorSeconds: processorSeconds,
            median: result.latency(0.5), p99: result.latency(0.99)
        )
    }

    var perSecond: Double { Double(count) / seconds }
    /// Seconds of processor time.
    var cost: Double? { processorSeconds.map { $0 / Double(count) } }
}

/// What is compared of two samples.
enum Quantity: String, Codable {
    /// Processor time of one operation.
    case cost = "CPU"
    case throughput
    /// The time by the clock of one operation.
    case median
    case p99
    case bytes
    case score

    /// Nil where the sample doesn't say.
    func value(of sample: Sample) -> Double? {
        switch self {
        case .cost: sample.cost
        case .throughput: sample.perSecond
        case .median: sample.median
        case .p99: sample.p99
        case .bytes: sample.bytes.map(Double.init)
        case .score: sample.score
        }
    }
}
