import CoreMetrics
import Synchronization

/// Counters of requests and their times, made once each: looking one up by its labels costs more than counting.
final class RequestMetrics: Sendable {
    private struct Labels: Hashable {
        let route: String
        let method: String
        let status: Int
    }

    private struct Made {
        var counters: [Labels: Counter] = [:]
        var timers: [String: Timer] = [:]
    }

    private let made = Mutex(Made())
    /// Of hits, by the one bit for `HEAD` and the other for 304.
    private let hits: [Counter]
    private let hitTime = RequestMetrics.timer("variant")

    init() {
        hits = (0..<4).map { index in
            RequestMetrics.counter(
                Labels(
                    route: "variant", method: index & 1 == 0 ? "GET" : "HEAD", status: index & 2 == 0 ? 200 : 304))
        }
    }

    func count(route: String, method: String, status: Int, seconds: Double) {
        let (counter, timer) = made.withLock { made in
            let labels = Labels(route: route, method: method, status: status)
            let counter = made.counters[labels] ?? Self.counter(labels)
            let timer = made.timers[route] ?? Self.timer(route)
            made.counters[labels] = counter
            made.timers[route] = timer
            return (counter, timer)
        }
        counter.increment()
        timer.recordSeconds(seconds)
    }

    func countHit(isHead: Bool, isNotModified: Bool, nanoseconds: Int64) {
        hits[(isHead ? 1 : 0) | (isNotModified ? 2 : 0)].increment()
        hitTime.recordNanoseconds(nanoseconds)
    }

    private static func counter(_ labels: Labels) -> Counter {
        Counter(
            label: "anysize_http_requests_total",
            dimensions: [("route", labels.route), ("method", labels.method), ("status", "\(labels.status)")])
    }

    private static func timer(_ route: String) -> Timer {
        Timer(label: "anysize_http_request_seconds", dimensions: [("route", route)])
    }
}
