import AnysizeServer
import CoreMetrics
import Synchronization
import Testing

@Suite struct PrometheusRegistryTests {
    // MARK: - Kinds

    @Test func `An empty registry renders only its own counter`() {
        #expect(PrometheusRegistry().render() == Self.ownLines())
    }

    @Test func `A counter counts whole steps and fractions into one series`() {
        let registry = PrometheusRegistry()
        Counter(label: "hits", factory: registry).increment(by: 2)
        Counter(label: "hits", factory: registry).increment()
        #expect(registry.render().contains("# TYPE hits_total counter\nhits_total 3\n"))
        registry.makeFloatingPointCounter(label: "hits", dimensions: []).increment(by: 0.5)
        #expect(registry.render().contains("hits_total 3.5\n"))
    }

    @Test func `A counter never goes back but can be reset`() {
        let registry = PrometheusRegistry()
        let counter = registry.makeCounter(label: "hits", dimensions: [])
        counter.increment(by: 5)
        counter.increment(by: -3)
        counter.increment(by: 0)
        #expect(registry.render().contains("hits_total 5\n"))
        let fractions = registry.makeFloatingPointCounter(label: "hits", dimensions: [])
        for amount in [-1, .nan, .infinity, 0] { fractions.increment(by: amount) }
        #expect(registry.render().contains("hits_total 5\n"))
        counter.reset()
        #expect(registry.render().contains("hits_total 0\n"))
    }

    @Test func `A counter stays exact beyond what a floating-point number can hold`() {
        let registry = PrometheusRegistry()
        let counter = Counter(label: "served_bytes", factory: registry)
        counter.increment(by: 9_007_199_254_740_993 as Int64)
        #expect(registry.render().contains("served_bytes 9007199254740993\n"))
    }

    @Test func `Gauges and meters are set and moved`() {
        let registry = PrometheusRegistry()
        Gauge(label: "depth", factory: registry).record(7)
        let meter = Meter(label: "level", factory: registry)
        meter.set(2.5)
        meter.increment(by: 1)
        meter.decrement(by: 4)
        let text = registry.render()
        #expect(text.contains("# TYPE depth gauge\ndepth 7\n"))
        #expect(text.contains("# TYPE level gauge\nlevel -0.5\n"))
    }

    @Test func `A gauge and a meter of one name are one series`() {
        let registry = PrometheusRegistry()
        Gauge(label: "depth", factory: registry).record(7)
        Meter(label: "depth", factory: registry).increment(by: 1)
        #expect(registry.render().contains("depth 8\n"))
    }

    @Test func `A timer becomes a cumulated histogram in seconds`() {
        let registry = PrometheusRegistry(buckets: ["render_seconds": [0.1, 1]])
        let timer = Timer(label: "render", dimensions: [("format", "webp")], factory: registry)
        timer.recordNanoseconds(50_000_000)
        timer.recordMilliseconds(100)
        timer.recordMilliseconds(500)
        timer.recordSeconds(3)
        let expected = """
            # TYPE render_seconds histogram
            render_seconds_bucket{format="webp",le="0.1"} 2
            render_seconds_bucket{format="webp",le="1"} 3
            render_seconds_bucket{format="webp",le="+Inf"} 4
            render_seconds_sum{format="webp"} 3.65
            render_seconds_count{format="webp"} 4

            """
        #expect(registry.render() == Self.ownLines() + expected)
    }

    @Test func `A recorder becomes a histogram whose buckets suit its unit`() {
        let registry = PrometheusRegistry()
        Recorder(label: "original_bytes", factory: registry).record(5_000)
        Recorder(label: "wait_seconds", factory: registry).record(0.002)
        Recorder(label: "frames", factory: registry).record(3)
        let text = registry.render()
        #expect(text.contains("original_bytes_bucket{le=\"4096\"} 0\noriginal_bytes_bucket{le=\"16384\"} 1\n"))
        #expect(text.contains("wait_seconds_bucket{le=\"0.001\"} 0\nwait_seconds_bucket{le=\"0.0025\"} 1\n"))
        #expect(text.contains("frames_bucket{le=\"2\"} 0\nframes_bucket{le=\"5\"} 1\n"))
        #expect(text.contains("frames_bucket{le=\"1000000\"} 1\nframes_bucket{le=\"+Inf\"} 1\nframes_sum 3\n"))
    }

    @Test func `A value that is no number doesn't spoil a histogram`() {
        let registry = PrometheusRegistry()
        let recorder = Recorder(label: "ratio", factory: registry)
        recorder.record(Double.nan)
        recorder.record(Double.infinity)
        recorder.record(2)
        #expect(registry.render().contains("ratio_sum 2\nratio_count 1\n"))
    }

    // MARK: - Pull gauges

    @Test func `A pull gauge is asked at each rendering`() {
        let registry = PrometheusRegistry()
        let looks = Atomic(0)
        registry.observe("queue_depth", [("queue", "render")]) {
            Double(looks.wrappingAdd(1, ordering: .relaxed).newValue)
        }
        #expect(registry.render().contains("# TYPE queue_depth gauge\nqueue_depth{queue=\"render\"} 1\n"))
        #expect(registry.render().contains("queue_depth{queue=\"render\"} 2\n"))
    }

    @Test func `A pull gauge may use the registry, and the last one registered counts`() {
        let registry = PrometheusRegistry()
        registry.observe("depth") { 1 }
        registry.observe("depth") {
            Counter(label: "asked", factory: registry).increment()
            return 2
        }
        #expect(registry.render().contains("depth 2\n"))
        // The second rendering came to the counter before it asked the gauge again.
        #expect(registry.render().contains("asked_total 1\n"))
    }

    @Test func `A pulled number named as a total is a counter`() {
        let registry = PrometheusRegistry()
        registry.observe("collections_total") { .infinity }
        #expect(registry.render().contains("# TYPE collections_total counter\ncollections_total +Inf\n"))
    }

    // MARK: - Spelling

    @Test(
        arguments: [
            ("hits", "hits_total"), ("hits_total", "hits_total"), ("sent_bytes", "sent_bytes"),
            ("cpu_seconds", "cpu_seconds"), ("http.server-requests", "http_server_requests_total"),
            ("ns:hits", "ns:hits_total"), ("2xx", "_2xx_total"), ("", "__total"), ("été", "__t___total"),
        ]
    )
    func `A counter's name is made valid and says that it is a total`(label: String, name: String) {
        let registry = PrometheusRegistry()
        Counter(label: label, factory: registry).increment()
        #expect(registry.render().contains("# TYPE \(name) counter\n\(name) 1\n"))
    }

    @Test func `Labels are sorted, made valid and escaped`() {
        let labels = PrometheusText.labels([
            ("z", "1"), ("a.b", "quote \" backslash \\ line\nend"), ("le", "x"), ("__name__", "y"), ("9", "é"),
            ("gone", ""),
        ])
        let expected =
            #"_9="é",_name__="y",a_b="quote \" backslash \\ line\nend",le_="x",z="1""#
        #expect(labels == expected)
    }

    @Test func `The same labels in another order are the same series`() {
        let registry = PrometheusRegistry()
        Counter(label: "hits", dimensions: [("a", "1"), ("b", "2")], factory: registry).increment()
        Counter(label: "hits", dimensions: [("b", "2"), ("a", "1")], factory: registry).increment()
        #expect(registry.render().contains("hits_total{a=\"1\",b=\"2\"} 2\n"))
    }

    @Test func `An empty value is the same as no label and of two with one name the last counts`() {
        #expect(PrometheusText.labels([("a", "")]) == "")
        #expect(PrometheusText.labels([("a", "1"), ("a", "2")]) == "a=\"2\"")
    }

    @Test func `A long value is cut between characters`() {
        let value = "x" + String(repeating: "é", count: 100)
        #expect(PrometheusText.labels([("a", value)]) == "a=\"x" + String(repeating: "é", count: 63) + "\"")
    }

    @Test(
        arguments: [
            (0, "0"), (-0.0, "0"), (1, "1"), (-2, "-2"), (0.1, "0.1"), (1e15, "1000000000000000"), (1e300, "1e+300"),
            (.infinity, "+Inf"), (-.infinity, "-Inf"), (.nan, "NaN"),
        ]
    )
    func `Numbers are spelled as Prometheus reads them`(value: Double, text: String) {
        #expect(PrometheusText.number(value) == text)
    }

    @Test func `Descriptions become help lines, escaped`() {
        let registry = PrometheusRegistry(descriptions: ["hits_total": "Hits \\ \"tier\"\nby tier"])
        Counter(label: "hits", factory: registry).increment()
        let expected = "# HELP hits_total Hits \\\\ \"tier\"\\nby tier\n# TYPE hits_total counter\nhits_total 1\n"
        #expect(registry.render().contains(expected))
    }

    @Test func `Names and labels come in the same order whatever order they were made in`() {
        let labels = (0..<20).map { "v\($0)" }
        let registries = [labels, labels.reversed(), labels.shuffled()].map { labels in
            let registry = PrometheusRegistry()
            for label in labels {
                Counter(label: label, factory: registry).increment()
                Counter(label: "all", dimensions: [("a", label)], factory: registry).increment()
            }
            return registry
        }
        #expect(Set(registries.map { $0.render() }).count == 1)
    }

    // MARK: - Limits

    @Test func `Beyond the limit new label sets collapse into one while known ones go on`() {
        // Its own counter takes one place.
        let registry = PrometheusRegistry(seriesCountMax: 4)
        for value in 0..<100 {
            Counter(label: "hits", dimensions: [("key", "\(value)")], factory: registry).increment()
        }
        Counter(label: "hits", dimensions: [("key", "0")], factory: registry).increment()
        let expected = """
            # TYPE hits_total counter
            hits_total{key="0"} 2
            hits_total{key="1"} 1
            hits_total{key="2"} 1
            hits_total{key="other"} 97

            """
        #expect(registry.render() == expected + Self.ownLines(dropped: 97))
    }

    @Test func `Endless names stop at twice the limit`() {
        let registry = PrometheusRegistry(seriesCountMax: 10)
        for name in 0..<1_000 { Meter(label: "level\(name)", factory: registry).set(1) }
        let lines = registry.render().split(separator: "\n").filter { !$0.hasPrefix("#") }
        #expect(lines.count == 20)
    }

    @Test func `A name taken by another kind gives a handler that works and isn't rendered`() {
        let registry = PrometheusRegistry()
        Gauge(label: "size_bytes", factory: registry).record(1)
        Counter(label: "size_bytes", factory: registry).increment()
        Recorder(label: "size_bytes", factory: registry).record(3)
        registry.observe("size_bytes") { 4 }
        #expect(registry.render() == Self.ownLines(dropped: 3) + "# TYPE size_bytes gauge\nsize_bytes 1\n")
    }

    @Test func `A destroyed handler leaves its series where it is`() {
        let registry = PrometheusRegistry()
        let counter = Counter(label: "hits", factory: registry)
        counter.increment()
        counter.destroy()
        #expect(registry.render().contains("hits_total 1\n"))
    }

    // MARK: - Threads

    @Test func `Nothing is lost when many tasks record at once`() async {
        let registry = PrometheusRegistry(buckets: ["time_seconds": [1]])
        await withTaskGroup(of: Void.self) { group in
            for task in 0..<8 {
                group.addTask {
                    for step in 0..<1_000 {
                        Counter(label: "hits", dimensions: [("key", "\(step % 10)")], factory: registry).increment()
                        registry.makeFloatingPointCounter(label: "parts", dimensions: []).increment(by: 0.25)
                        let meter = Meter(label: "level", factory: registry)
                        if task % 2 == 0 { meter.increment(by: 2) } else { meter.decrement(by: 1) }
                        Timer(label: "time", factory: registry).recordSeconds(1)
                        if step % 100 == 0 { _ = registry.render() }
                    }
                }
            }
        }
        let text = registry.render()
        for key in 0..<10 { #expect(text.contains("hits_total{key=\"\(key)\"} 800\n")) }
        #expect(text.contains("parts_total 2000\n"))
        #expect(text.contains("level 4000\n"))
        #expect(text.contains("time_seconds_bucket{le=\"1\"} 8000\n"))
        #expect(text.contains("time_seconds_sum 8000\n"))
    }

    /// What the registry says about itself.
    private static func ownLines(dropped: Int = 0) -> String {
        "# TYPE metrics_series_dropped_total counter\nmetrics_series_dropped_total \(dropped)\n"
    }
}
