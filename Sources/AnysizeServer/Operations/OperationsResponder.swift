package import Hummingbird

import HTTPTypes
import NIOCore

/// The operators' surface, on a listener of its own: health, readiness, metrics.
package struct OperationsResponder: HTTPResponder {
    package typealias Context = BasicRequestContext

    private let readiness: Readiness
    private let metrics: @Sendable () -> String

    package init(readiness: Readiness, metrics: @escaping @Sendable () -> String) {
        self.readiness = readiness
        self.metrics = metrics
    }

    package func respond(to request: Request, context: BasicRequestContext) async throws -> Response {
        let path = RequestTarget(request.head.path ?? "").path
        guard request.method == .get || request.method == .head else {
            return Self.text(.methodNotAllowed, "GET and HEAD only\n", request, [.allow: "GET, HEAD"])
        }
        switch path {
        case "/healthz": return Self.text(.ok, "ok\n", request)
        case "/readyz":
            let (faults, failing) = (readiness.faults, readiness.failing)
            return faults.isEmpty
                ? Self.text(
                    .ok, failing.isEmpty ? "ready\n" : "ready, without \(failing.joined(separator: ", "))\n", request)
                : Self.text(.serviceUnavailable, "not ready: \(faults.joined(separator: ", "))\n", request)
        case "/metrics":
            return Self.text(.ok, metrics(), request, [.contentType: "text/plain; version=0.0.4; charset=utf-8"])
        default: return Self.text(.notFound, "/healthz, /readyz, /metrics\n", request)
        }
    }

    private static func text(
        _ status: HTTPResponse.Status, _ text: String, _ request: Request, _ more: HTTPFields = [:]
    ) -> Response {
        var headers = more
        if headers[.contentType] == nil { headers[.contentType] = "text/plain; charset=utf-8" }
        headers[.cacheControl] = "no-store"
        let body = ByteBuffer(string: text)
        headers[.contentLength] = "\(body.readableBytes)"
        return Response(
            status: status, headers: headers,
            body: request.method == .head ? ResponseBody() : ResponseBody(byteBuffer: body)
        )
    }
}
