import CoreMetrics
import Hummingbird
import Logging

/// One line a request, and its counters. No line or label holds text of the caller's: no path, no id, no header.
struct RequestLog: Sendable {
    let logger: Logger

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
    }

    func record(_ note: Note, _ response: Response, seconds: Double, requestID: String) {
        let status = response.status.code
        Counter(
            label: "anysize_http_requests_total",
            dimensions: [("route", note.route), ("method", note.method), ("status", "\(status)")]
        ).increment()
        Timer(label: "anysize_http_request_seconds", dimensions: [("route", note.route)]).recordSeconds(seconds)
        if let problem = note.problem, status >= 500, status != 503 {
            logger.error(
                "Request failed",
                metadata: [
                    "http.route": "\(note.route)", "http.status": "\(status)", "request.id": "\(requestID)",
                    "problem.kind": "\(problem.kind)", "problem.cause": "\((problem.cause ?? "").prefix(500))",
                ]
            )
        }
        guard logger.logLevel <= .info else { return }
        var metadata: Logger.Metadata = [
            "http.route": "\(note.route)", "http.method": "\(note.method)", "http.status": "\(status)",
            "request.id": "\(requestID)", "request.ms": "\(Int((seconds * 1000).rounded()))",
        ]
        if let origin = note.origin { metadata["variant.origin"] = "\(origin)" }
        if let count = response.body.contentLength { metadata["http.bytes"] = "\(count)" }
        if let problem = note.problem { metadata["problem.kind"] = "\(problem.kind)" }
        logger.info("Request", metadata: metadata)
    }
}
