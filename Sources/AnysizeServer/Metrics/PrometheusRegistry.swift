package import CoreMetrics
import Synchronization

/// The metrics of the process, kept in memory and rendered as Prometheus' text exposition format 0.0.4.
///
/// A backend for swift-metrics: bootstrap the metrics system with it once, keep it, and answer `/metrics` with
/// `render()` under the media type `contentType`. Recording into a handler that was made takes one atomic operation or
/// one short uncontended lock; making one takes a look-up under the registry's lock, so hot code keeps its handlers.
///
/// Names: what Prometheus doesn't allow in a name becomes `_`. A name that ends in `_total`, `_seconds` or `_bytes` is
/// otherwise kept as it is; else counters get `_total` and timers `_seconds`. Timers are histograms in seconds, as are
/// aggregating recorders in their own unit; meters, gauges and other recorders are gauges.
///
/// Each metric with one set of labels is a series. Their number is bounded, so that a label somebody forgot to bound
/// can't fill memory or the monitoring system: beyond the limit, a new set of labels of a name is counted under the
/// same label names with all values `other`. `metrics_series_dropped_total` counts how often that happened.
package final class PrometheusRegistry: Sendable {
    /// The media type of what `render()` returns.
    package static let contentType = "text/plain; version=0.0.4; charset=utf-8"

    /// The value of every label of the series that stands for those beyond the limit.
    package static let collapsedLabelValue = "other"

    /// The upper bounds of the buckets for times, in seconds: from a memory hit to the longest deadline.
    package static let secondsBuckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30]

    /// The upper bounds of the buckets for sizes, in bytes: powers of four from an icon to the largest upload.
    package static let byteBuckets: [Double] = (5...14).map { Double(1 << (2 * $0)) }

    /// The upper bounds of the buckets for anything else, 1-2-5 from one to a million.
    package static let plainBuckets: [Double] =
        [1, 10, 100, 1_000, 10_000, 100_000].flatMap { [$0, 2 * $0, 5 * $0] } + [1_000_000]

    private let descriptions: [String: String]
    private let buckets: [String: [Double]]
    private let dropped = CounterSeries()
    private let state: Mutex<State>

    /// An empty registry.
    ///
    /// - Parameters:
    ///   - descriptions: The `# HELP` texts by final name (as rendered). Names without one have no such line.
    ///   - buckets: The upper bounds by final name of histograms for which the standard ones don't fit, finite and
    ///     ascending, without the implied infinite one.
    ///   - seriesCountMax: How many series there may be under their own labels. A histogram counts as one, though it
    ///     takes a line for each bucket. As many again may be there for collapsed ones; beyond that, new metrics work
    ///     but aren't rendered.
    package init(
        descriptions: [String: String] = [:],
        buckets: [String: [Double]] = [:],
        seriesCountMax: Int = 2_000
    ) {
        precondition(seriesCountMax > 0, "A registry needs room for at least one series.")
        for (name, bounds) in buckets {
            let isAscending = zip(bounds, bounds.dropFirst()).allSatisfy { $0 < $1 }
            precondition(
                isAscending && bounds.allSatisfy(\.isFinite),
                "The buckets of \(name) must be finite and ascending."
            )
        }
        self.descriptions = descriptions
        self.buckets = buckets
        self.state = Mutex(State(seriesCountMax: seriesCountMax))
        state.withLock { [dropped] in _ = $0.add(dropped, kind: .counter, "metrics_series_dropped_total", labels: "") }
    }

    /// All metrics, sorted by name and labels, so that two renderings of the same numbers are the same text.
    ///
    /// Pull gauges are evaluated here, on the caller's thread and outside of any lock of the registry.
    package func render() -> String {
        let families = state.withLock { $0.families }
        var text = ""
        for (name, family) in families.sorted(by: { $0.key < $1.key }) {
            if let description = descriptions[name] {
                text += "# HELP \(name) \(PrometheusText.escapedHelp(description))\n"
            }
            text += "# TYPE \(name) \(family.kind.rawValue)\n"
            for (labels, series) in family.series.sorted(by: { $0.key < $1.key }) {
                series.write(name: name, labels: labels, to: &text)
            }
        }
        return text
    }

    /// Registers a number that is asked for whenever the metrics are rendered.
    ///
    /// For what its owner knows anyway: the depth of a queue, the bytes in a cache. Registering the same name and
    /// labels again replaces the closure. A name that ends in `_total` is declared a counter, else a gauge. Ignored
    /// (and counted as dropped) if the name belongs to another kind of metric or the limit of series is reached.
    ///
    /// - Parameter read: Returns the number as of now, quickly; called from any thread, never while the registry is
    ///   locked.
    package func observe(
        _ name: String,
        _ labels: [(String, String)] = [],
        _ read: @escaping @Sendable () -> Double
    ) {
        let name = PrometheusText.name(name)
        let labels = PrometheusText.labels(labels)
        let kind: PrometheusKind = name.hasSuffix("_total") ? .counter : .gauge
        let isKept = state.withLock { $0.replacePulled(with: PulledSeries(read), kind: kind, name, labels: labels) }
        if !isKept { dropped.increment(by: Int64(1)) }
    }

    /// The series of that name and those labels, made if it isn't there.
    ///
    /// Never fails, since recording mustn't: a name used for two kinds of metric, which Prometheus would refuse with
    /// the whole page, gives the second kind a series that nobody sees.
    private func series<Series: PrometheusSeries>(
        _ name: String,
        _ dimensions: [(String, String)],
        kind: PrometheusKind,
        make: () -> Series
    ) -> Series {
        let labels = PrometheusText.labels(dimensions)
        if let known: Series = state.withLock({ $0.find(kind: kind, name, labels: labels) }) { return known }
        // Made outside of the lock. Two threads may do so at once; `add` returns the one that came first.
        let new = make()
        if let kept = state.withLock({ $0.add(new, kind: kind, name, labels: labels) }) { return kept }
        dropped.increment(by: Int64(1))
        let collapsed = PrometheusText.labels(dimensions.map { ($0.0, $0.1.isEmpty ? "" : Self.collapsedLabelValue) })
        return state.withLock { $0.add(new, kind: kind, name, labels: collapsed, isCollapsed: true) } ?? new
    }

    private func histogram(_ name: String, _ dimensions: [(String, String)]) -> HistogramSeries {
        series(name, dimensions, kind: .histogram) {
            if let bounds = buckets[name] { return HistogramSeries(upperBounds: bounds) }
            if name.hasSuffix("_seconds") { return HistogramSeries(upperBounds: Self.secondsBuckets) }
            if name.hasSuffix("_bytes") { return HistogramSeries(upperBounds: Self.byteBuckets) }
            return HistogramSeries(upperBounds: Self.plainBuckets)
        }
    }
}

extension PrometheusRegistry: MetricsFactory {
    /// A counter; whole and floating-point counters of the same name and labels are one series.
    package func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
        let name = PrometheusText.name(label, suffix: "_total")
        return series(name, dimensions, kind: .counter) { CounterSeries() }
    }

    /// A counter that keeps fractions.
    package func makeFloatingPointCounter(
        label: String,
        dimensions: [(String, String)]
    ) -> any FloatingPointCounterHandler {
        let name = PrometheusText.name(label, suffix: "_total")
        return series(name, dimensions, kind: .counter) { CounterSeries() }
    }

    /// A gauge that can be set and moved.
    package func makeMeter(label: String, dimensions: [(String, String)]) -> any MeterHandler {
        series(PrometheusText.name(label), dimensions, kind: .gauge) { GaugeSeries() }
    }

    /// A histogram if `aggregate`, else a gauge of the last value (swift-metrics' `Gauge` is such a recorder).
    package func makeRecorder(label: String, dimensions: [(String, String)], aggregate: Bool) -> any RecorderHandler {
        let name = PrometheusText.name(label)
        guard aggregate else { return series(name, dimensions, kind: .gauge) { GaugeSeries() } }
        return histogram(name, dimensions)
    }

    /// A histogram in seconds, whatever unit the timer would like to be shown in.
    package func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
        histogram(PrometheusText.name(label, suffix: "_seconds"), dimensions)
    }

    // Nothing is ever taken away: another part of the program may hold the same series, one that vanishes and starts
    // again at zero misleads whoever reads the rates, and the limit already bounds what is kept.

    /// Does nothing; the series stays.
    package func destroyCounter(_ handler: any CounterHandler) {}
    /// Does nothing; the series stays.
    package func destroyFloatingPointCounter(_ handler: any FloatingPointCounterHandler) {}
    /// Does nothing; the series stays.
    package func destroyMeter(_ handler: any MeterHandler) {}
    /// Does nothing; the series stays.
    package func destroyRecorder(_ handler: any RecorderHandler) {}
    /// Does nothing; the series stays.
    package func destroyTimer(_ handler: any TimerHandler) {}
}

extension PrometheusRegistry {
    /// All series of one name.
    private struct Family {
        let kind: PrometheusKind
        /// By their rendered labels.
        var series: [String: any PrometheusSeries] = [:]
    }

    /// What the lock protects. The series look after themselves.
    private struct State {
        let seriesCountMax: Int
        var families: [String: Family] = [:]
        private var ownCount = 0
        private var collapsedCount = 0

        init(seriesCountMax: Int) {
            self.seriesCountMax = seriesCountMax
        }

        func find<Series: PrometheusSeries>(kind: PrometheusKind, _ name: String, labels: String) -> Series? {
            guard let family = families[name], family.kind == kind else { return nil }
            return family.series[labels] as? Series
        }

        /// The series now under that name and labels: `new`, or one that was there. Nil if it can't be either.
        mutating func add<Series: PrometheusSeries>(
            _ new: Series,
            kind: PrometheusKind,
            _ name: String,
            labels: String,
            isCollapsed: Bool = false
        ) -> Series? {
            guard families[name, default: Family(kind: kind)].kind == kind else { return nil }
            // Another class of the same kind counts as taken: a pulled series can't be recorded into.
            if let known = families[name]?.series[labels] { return known as? Series }
            guard (isCollapsed ? collapsedCount : ownCount) < seriesCountMax else { return nil }
            if isCollapsed { collapsedCount += 1 } else { ownCount += 1 }
            families[name, default: Family(kind: kind)].series[labels] = new
            return new
        }

        /// Whether `new` is now the series under that name and labels.
        mutating func replacePulled(
            with new: PulledSeries,
            kind: PrometheusKind,
            _ name: String,
            labels: String
        ) -> Bool {
            let known: PulledSeries? = find(kind: kind, name, labels: labels)
            guard known != nil else { return add(new, kind: kind, name, labels: labels) != nil }
            families[name]?.series[labels] = new
            return true
        }
    }
}
