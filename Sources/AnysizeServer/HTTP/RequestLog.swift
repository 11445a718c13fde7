import CoreMetrics
import Hummingbird
package import Logging
import NIOHTTP1
import Synchronization

/// One line a request, and its counters. No line or label holds text of the caller's: no path, no id, no header.
///
/// Hits are many, quick and alike: of them one in so many has a line. Of refusals and failures so many a second have one. Everything
/// else has its own.
package final class RequestLog: Sendable {
    private let logger: Logger
    private let hitsPerLine: Int
    private let hitCount = Atomic(0)
    private let failures = LineBudget(linesPerSecond: 10)
    private let metrics = RequestMetrics()

    /// - Parameters:
    ///   - hitsPerLine: 1 for a line for each hit, 0 for none.
    package init(logger: Logger, hitsPerLine: Int = 1) {
        self.logger = logger
        self.hitsPerLine = hitsPerLine
    }

    /// What is known of a request besides its answer.
    struct Note {
        let route: String
        let method: String
        var isNegotiated = false
        /// Where the bytes came from.
        var origin: String?
        var problem: Problem?

        init(route: String, method: String) {
            self.route = route
            // Any token is a method; ours are few.
            self.method = ["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS"].contains(method) ? method : "OTHER"
        }

        /// Whether it was answered from a tier, or without any bytes.
        fileprivate var isHit: Bool { problem == nil && origin != nil && origin != "render" && origin != "joined" }
    }

    func record(_ note: Note, status: Int, byteCount: Int?, seconds: Double, requestID: String) {
        metrics.count(route: note.route, method: note.method, status: status, seconds: seconds)
        var leftOutCount = 0
        if status >= 500 || status == 429 {
            guard let count = failures.take() else { return }
            leftOutCount = count
        }
        if let problem = note.problem, status >= 500, status != 503 {
            logger.error(
                "Request failed",
                metadata: [
                    "http.route": "\(note.route)", "http.status": "\(status)", "request.id": "\(requestID)",
                    "problem.kind": "\(problem.kind)", "problem.cause": "\((problem.cause ?? "").prefix(500))",
                ]
            )
        }
        guard logger.logLevel <= .info, !note.isHit || isNextHitLogged() else { return }
        write(
            note, status: status, byteCount: byteCount, milliseconds: seconds * 1000,
            requestID: requestID, leftOutCount: leftOutCount)
    }

    /// The same for an answer of the hit lane, in the words of the router's.
    /// - Parameter tier: where the bytes came from; nil for a 304.
    func recordHit(isHead: Bool, tier: String?, byteCount: Int, nanoseconds: Int64) {
        metrics.countHit(isHead: isHead, isNotModified: tier == nil, nanoseconds: nanoseconds)
        guard logger.logLevel <= .info, isNextHitLogged() else { return }
        var note = Note(route: "variant", method: isHead ? "HEAD" : "GET")
        note.origin = tier ?? "known"
        write(
            note, status: tier == nil ? 304 : 200, byteCount: byteCount, milliseconds: Double(nanoseconds) / 1e6,
            requestID: RequestID().description)
    }

    private func write(
        _ note: Note, status: Int, byteCount: Int?, milliseconds: Double, requestID: String, leftOutCount: Int = 0
    ) {
        var metadata: Logger.Metadata = [
            "http.route": "\(note.route)", "http.method": "\(note.method)", "http.status": "\(status)",
            "request.id": "\(requestID)", "request.ms": "\(Int(milliseconds.rounded()))",
        ]
        if let origin = note.origin { metadata["variant.origin"] = "\(origin)" }
        if let byteCount { metadata["http.bytes"] = "\(byteCount)" }
        if let problem = note.problem { metadata["problem.kind"] = "\(problem.kind)" }
        // For whoever counts lines.
        if note.isHit, hitsPerLine > 1 { metadata["log.one.in"] = "\(hitsPerLine)" }
        if leftOutCount > 0 { metadata["log.left.out"] = "\(leftOutCount)" }
        logger.info("Request", metadata: metadata)
    }

    private func isNextHitLogged() -> Bool {
        guard hitsPerLine > 1 else { return hitsPerLine == 1 }
        return hitCount.wrappingAdd(1, ordering: .relaxed).oldValue % hitsPerLine == 0
    }
}
