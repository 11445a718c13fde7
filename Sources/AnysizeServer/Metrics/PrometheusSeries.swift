import CoreMetrics
import Synchronization

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// What a metric is to Prometheus; the raw value is the word in its `# TYPE` line.
package enum PrometheusKind: String {
    case counter, gauge, histogram
}

/// One metric with one set of labels, as its owner records into it and as it is rendered.
package protocol PrometheusSeries: AnyObject, Sendable {
    /// Appends the lines of this series as of now.
    ///
    /// - Parameter labels: As `PrometheusText.labels` makes them: sorted and escaped, without braces, perhaps empty.
    func write(name: String, labels: String, to text: inout String)
}

/// A number that only grows, in whole steps or fractions.
///
/// The whole steps have their own atomic, so the common case is a single addition and stays exact beyond 2^53.
package final class CounterSeries: PrometheusSeries, CounterHandler, FloatingPointCounterHandler {
    private let whole = Atomic<UInt64>(0)
    private let fractional = AtomicDouble()

    /// A counter at 0.
    package init() {}

    /// Adds whole steps; 0 and less are ignored, as a counter can't go back.
    ///
    /// Past 2^64 it starts again at zero, which Prometheus takes for a restart.
    package func increment(by amount: Int64) {
        guard amount > 0 else { return }
        whole.wrappingAdd(UInt64(amount), ordering: .relaxed)
    }

    /// Adds any finite amount above 0; others are ignored.
    package func increment(by amount: Double) {
        guard amount.isFinite, amount > 0 else { return }
        fractional.add(amount)
    }

    /// Back to zero; to Prometheus, a restart.
    package func reset() {
        whole.store(0, ordering: .relaxed)
        fractional.store(0)
    }

    /// The one line of this series.
    package func write(name: String, labels: String, to text: inout String) {
        let whole = whole.load(ordering: .relaxed)
        let fractional = fractional.load()
        let value = fractional == 0 ? String(whole) : PrometheusText.number(Double(whole) + fractional)
        PrometheusText.writeLine(name, labels, value, to: &text)
    }
}

/// A number that goes up and down.
package final class GaugeSeries: PrometheusSeries, MeterHandler, RecorderHandler {
    private let value = AtomicDouble()

    /// A gauge at 0.
    package init() {}

    /// Replaces the number.
    package func set(_ value: Int64) { self.value.store(Double(value)) }

    /// Replaces the number; any is allowed, not-a-number too.
    package func set(_ value: Double) { self.value.store(value) }

    /// Moves the number up; an amount that isn't finite is ignored, as nothing could be added to the result.
    package func increment(by amount: Double) {
        guard amount.isFinite else { return }
        value.add(amount)
    }

    /// Moves the number down, on the same terms.
    package func decrement(by amount: Double) { increment(by: -amount) }

    /// Replaces the number: as a recorder, a gauge keeps the last value.
    package func record(_ value: Int64) { set(value) }

    /// Replaces the number: as a recorder, a gauge keeps the last value.
    package func record(_ value: Double) { set(value) }

    /// The one line of this series.
    package func write(name: String, labels: String, to text: inout String) {
        PrometheusText.writeLine(name, labels, PrometheusText.number(value.load()), to: &text)
    }
}

/// A number that is asked for when it is needed.
package final class PulledSeries: PrometheusSeries {
    private let read: @Sendable () -> Double

    /// - Parameter read: Returns the number as of now, quickly; called from any thread.
    package init(_ read: @escaping @Sendable () -> Double) {
        self.read = read
    }

    /// The one line of this series.
    package func write(name: String, labels: String, to text: inout String) {
        PrometheusText.writeLine(name, labels, PrometheusText.number(read()), to: &text)
    }
}

/// How often which values occurred, in buckets with fixed upper bounds.
///
/// Locks and not an atomic for each bucket, so that sum, count and buckets of one rendering belong together; several, so
/// that threads seldom wait for one another.
package final class HistogramSeries: PrometheusSeries, RecorderHandler, TimerHandler {
    private struct State {
        /// One for each upper bound and one for what lies above them all; not cumulated.
        var counts: [UInt64]
        var sum = 0.0
    }

    /// A part of the values, with a lock of its own.
    private final class Shard: Sendable {
        let state: Mutex<State>

        init(bucketCount: Int) { state = Mutex(State(counts: Array(repeating: 0, count: bucketCount))) }
    }

    private let upperBounds: [Double]
    private let shards: [Shard]

    /// A power of two.
    private static let shardCount = 8

    /// An empty histogram.
    ///
    /// - Parameter upperBounds: Finite and ascending; a value equal to a bound belongs below it.
    package init(upperBounds: [Double]) {
        self.upperBounds = upperBounds
        self.shards = (0..<Self.shardCount).map { _ in Shard(bucketCount: upperBounds.count + 1) }
    }

    /// Notes a value in the unit of the name; one that isn't finite is ignored, or the sum would be lost for good.
    package func record(_ value: Double) {
        guard value.isFinite else { return }
        let bucket = upperBounds.firstIndex { value <= $0 } ?? upperBounds.count
        shards[Self.shardOfThread()].state.withLock {
            $0.counts[bucket] += 1
            $0.sum += value
        }
    }

    /// Threads' handles are addresses far apart; a multiplication spreads them.
    private static func shardOfThread() -> Int {
        Int((UInt64(pthread_self()) &* 0x9E37_79B9_7F4A_7C15) >> 61)
    }

    /// Notes a value in the unit of the name.
    package func record(_ value: Int64) { record(Double(value)) }

    /// Notes a duration, which is kept in seconds.
    package func recordNanoseconds(_ duration: Int64) { record(Double(duration) / 1e9) }

    /// A line for each bucket, cumulated as Prometheus wants them, then sum and count.
    package func write(name: String, labels: String, to text: inout String) {
        let state = shards.reduce(into: State(counts: Array(repeating: 0, count: upperBounds.count + 1))) {
            sum, shard in
            let part = shard.state.withLock { $0 }
            for index in part.counts.indices { sum.counts[index] += part.counts[index] }
            sum.sum += part.sum
        }
        let separator = labels.isEmpty ? "" : ","
        var count: UInt64 = 0
        for (bound, bucketCount) in zip(upperBounds + [.infinity], state.counts) {
            count += bucketCount
            let boundLabel = "\(separator)le=\"\(PrometheusText.number(bound))\""
            PrometheusText.writeLine("\(name)_bucket", labels + boundLabel, String(count), to: &text)
        }
        PrometheusText.writeLine("\(name)_sum", labels, PrometheusText.number(state.sum), to: &text)
        PrometheusText.writeLine("\(name)_count", labels, String(count), to: &text)
    }
}

/// A floating-point number that several threads may change, kept as its bits.
private struct AtomicDouble: ~Copyable {
    private let bits = Atomic<UInt64>(Double(0).bitPattern)

    func load() -> Double { Double(bitPattern: bits.load(ordering: .relaxed)) }

    func store(_ value: Double) { bits.store(value.bitPattern, ordering: .relaxed) }

    func add(_ amount: Double) {
        var old = bits.load(ordering: .relaxed)
        while true {
            let new = (Double(bitPattern: old) + amount).bitPattern
            let result = bits.weakCompareExchange(expected: old, desired: new, ordering: .relaxed)
            if result.exchanged { return }
            old = result.original
        }
    }
}
