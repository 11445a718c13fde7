package import NIOCore
package import NIOHTTP1

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// What the service answered, its body whole.
package struct ServiceAnswer: Sendable {
    package let status: Int
    package let headers: HTTPHeaders
    package let body: ByteBuffer

    package init(status: Int, headers: HTTPHeaders = [:], body: ByteBuffer = ByteBuffer()) {
        self.status = status
        self.headers = headers
        self.body = body
    }

    /// How long to wait before the next attempt, in seconds; nil where the answer doesn't say. The other form of the field, a
    /// date, is one that the service never sends; a balancer's is as good as none.
    package var retryAfterSeconds: Double? {
        headers.first(name: "Retry-After").flatMap { Int($0) }.map { Double(max(0, $0)) }
    }

    /// The body as a document; nil where it isn't one.
    package func document<Document: Decodable>(_ type: Document.Type) -> Document? {
        try? JSONDecoder().decode(type, from: Data(body.readableBytesView))
    }

    /// Why it isn't what was asked for.
    package var refusal: ServiceRefusal {
        struct Problem: Decodable {
            let type: String
            let detail: String
        }
        if let problem = document(Problem.self) {
            let kind = problem.type.split(separator: ":").last.map(String.init) ?? problem.type
            return ServiceRefusal(status: status, kind: kind, detail: problem.detail)
        }
        // An answer to HEAD has no body, and a balancer's no problem document. The service says the kind in the header as well.
        let kind = CacheStatus(headers)?.detail ?? "status-\(status)"
        return ServiceRefusal(status: status, kind: kind, detail: "answered \(status)")
    }
}

/// Why the service didn't do what it was asked for.
package struct ServiceRefusal: Hashable, Sendable {
    package let status: Int
    /// The last part of the problem's `type`, by which problems of one status are told apart.
    package let kind: String
    /// For people.
    package let detail: String

    package init(status: Int, kind: String, detail: String) {
        self.status = status
        self.kind = kind
        self.detail = detail
    }
}

/// What `Cache-Status` (RFC 9211) says of a variant.
package struct CacheStatus: Hashable, Sendable {
    /// Nothing had to be made.
    package let isHit: Bool
    /// Another request's render was shared.
    package let isShared: Bool
    package let detail: String?

    /// Of the member that is Anysize's own; a cache in front of it adds members of its own, which are none of our business.
    package init?(_ headers: HTTPHeaders) {
        let members = headers[canonicalForm: "Cache-Status"]
        guard let own = members.last(where: { $0.hasPrefix("Anysize") }) else { return nil }
        let parts = own.split(separator: ";").map { $0.drop { $0 == " " } }
        isHit = parts.contains("hit")
        isShared = parts.contains("collapsed")
        detail = parts.first { $0.hasPrefix("detail=") }.map { String($0.dropFirst("detail=".count)) }
    }
}
