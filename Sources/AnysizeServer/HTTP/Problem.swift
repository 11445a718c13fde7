package import HTTPTypes
import Hummingbird
import NIOCore

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// An answer that says what is wrong, for programs and for people (RFC 9457).
package struct Problem: Error, Sendable {
    package let status: HTTPResponse.Status
    /// The last part of `type`: stable, for programs to tell problems of one status apart.
    package let kind: String
    package let title: String
    package let detail: String
    /// The parameter or header at fault.
    package var parameter: String?
    /// What the parameter was, as far as it is known.
    package var value: String?
    /// Further members: the limit that was met, for one.
    package var members: [String: Int] = [:]
    package var headers: HTTPFields = [:]
    /// How long caches may keep the answer; nil for what its status says.
    package var maxAgeSeconds: Int?
    /// What happened, for logs only.
    package var cause: String?

    package init(
        _ status: HTTPResponse.Status, _ kind: String, _ title: String, detail: String, parameter: String? = nil
    ) {
        self.status = status
        self.kind = kind
        self.title = title
        self.detail = detail
        self.parameter = parameter
    }

    /// Answers that may be asked again at once are kept by nobody; a missing picture for some seconds, so that a page of
    /// broken links doesn't become load.
    private var cacheControl: String {
        if let maxAgeSeconds { return "public, max-age=\(maxAgeSeconds)" }
        return switch status {
        case .notFound, .gone: "public, max-age=10"
        default: "no-store"
        }
    }

    /// The document. `type` is a URN: it names, and leads nowhere.
    func document(requestID: String) -> ByteBuffer {
        var document: [String: JSONValue] = [
            "type": .string("urn:anysize:problem:\(kind)"), "title": .string(title), "status": .int(status.code),
            "detail": .string(detail), "request": .string(requestID),
        ]
        if let parameter { document["parameter"] = .string(parameter) }
        if let value { document["value"] = .string(value) }
        for (name, value) in members { document[name] = .int(value) }
        return JSONText.encode(document)
    }

    /// The header of its answer.
    /// - Parameter byteCount: of the document.
    func fields(answering note: RequestLog.Note, byteCount: Int) -> HTTPFields {
        var fields = headers
        fields[.contentType] = "application/problem+json"
        fields[.cacheControl] = cacheControl
        fields[.xContentTypeOptions] = "nosniff"
        fields[.contentLength] = "\(byteCount)"
        fields[.cacheStatus] = "Anysize; fwd=\(note.route == "variant" ? "miss" : "bypass"); detail=\(kind)"
        // An error of a negotiable URL is kept by caches under the same rule as its pictures.
        if note.isNegotiated { fields[.vary] = "Accept" }
        return fields
    }
}

/// A JSON value of a document whose members aren't known beforehand.
enum JSONValue: Encodable, Sendable {
    case string(String)
    case int(Int)

    func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .string(let text): try container.encode(text)
        case .int(let number): try container.encode(number)
        }
    }
}

/// JSON as all answers have it: sorted keys, slashes as they are, a line feed at the end for terminals.
enum JSONText {
    static func encode(_ value: some Encodable) -> ByteBuffer {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        encoder.dateEncodingStrategy = .iso8601
        // What is encoded here are structs and dictionaries of strings and finite numbers; they can't fail to encode.
        guard let data = try? encoder.encode(value) else { return ByteBuffer(string: "{}\n") }
        var buffer = ByteBuffer(bytes: data)
        buffer.writeString("\n")
        return buffer
    }
}

extension HTTPField.Name {
    static let anysizeFallback = Self("Anysize-Fallback")!
    static let cacheStatus = Self("Cache-Status")!
    static let serverTiming = Self("Server-Timing")!
    static let timingAllowOrigin = Self("Timing-Allow-Origin")!
    static let secFetchSite = Self("Sec-Fetch-Site")!
}
