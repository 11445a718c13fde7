import AnysizeCore
import HTTPTypes
import Hummingbird
import NIOCore

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// Answers that carry pictures, and the headers they have in common.
struct ImageResponse {
    /// For URLs that may come to mean another picture.
    let freshness: Freshness

    /// How long caches may keep what can change.
    package struct Freshness: Hashable, Sendable {
        /// `max-age`, in seconds.
        package var seconds: Int
        /// `stale-while-revalidate`, in seconds.
        package var staleSeconds: Int
    }

    /// Headers of a variant, and of a 304 for it.
    func headers(
        of resolved: VariantService.Resolved, isNegotiated: Bool, isPrivate: Bool
    ) -> HTTPFields {
        var fields = HTTPFields()
        fields[.eTag] = "\"\(resolved.key)\""
        fields[.lastModified] = Self.lastModified(resolved.record)
        fields[.cacheControl] =
            isPrivate ? "private, no-store" : cacheControl(isImmutable: resolved.isImmutable)
        if isNegotiated { fields[.vary] = "Accept" }
        fields[.timingAllowOrigin] = "*"
        return fields
    }

    /// Never later than `Date` (RFC 9110, 8.8.2.1), which is made once a second and so up to a second old.
    static func lastModified(_ record: OriginalRecord) -> String {
        HTTPDate.text(of: min(record.created, Date.now.addingTimeInterval(-1)))
    }

    func cacheControl(isImmutable: Bool) -> String {
        isImmutable
            ? "public, max-age=31536000, immutable"
            : "public, max-age=\(freshness.seconds), stale-while-revalidate=\(freshness.staleSeconds)"
    }

    /// 200, 206 or 416 with the bytes of a variant.
    func variant(
        _ resolved: VariantService.Resolved, _ variant: Variant, headers: HTTPFields, request: Request
    ) throws(Problem) -> Response {
        var fields = headers
        let name = "\(resolved.record.id).\(variant.format.fileExtension)"
        fields[.contentDisposition] = "inline; filename=\"\(name)\""
        fields[.crossOriginResourcePolicy] = "cross-origin"
        return try Self.bytes(variant.bytes, type: variant.format.mediaType, headers: fields, request: request)
    }

    /// The uploaded bytes: to be saved, never to be shown or run.
    static func original(
        _ record: OriginalRecord, _ bytes: ByteBuffer, request: Request
    ) throws(Problem) -> Response {
        var fields = HTTPFields()
        fields[.eTag] = "\"\(record.digest)\""
        fields[.lastModified] = Self.lastModified(record)
        fields[.cacheControl] = "private, no-store"
        let name = "\(record.id).\(record.facts.format.fileExtension)"
        fields[.contentDisposition] = "attachment; filename=\"\(name)\""
        return try Self.bytes(bytes, type: record.facts.format.mediaType, headers: fields, request: request)
    }

    private static func bytes(
        _ bytes: ByteBuffer, type: String, headers: HTTPFields, request: Request
    ) throws(Problem) -> Response {
        var fields = headers
        fields[.contentType] = type
        fields[.acceptRanges] = "bytes"
        fields[.xContentTypeOptions] = "nosniff"
        fields[.contentSecurityPolicy] = "default-src 'none'; sandbox"
        switch range(of: request, etag: headers[.eTag], byteCount: bytes.readableBytes) {
        case .whole:
            return body(bytes, .ok, fields, request)
        case .part(let range):
            fields[.contentRange] = "bytes \(range.lowerBound)-\(range.upperBound - 1)/\(bytes.readableBytes)"
            let part = bytes.getSlice(at: bytes.readerIndex + range.lowerBound, length: range.count) ?? bytes
            return body(part, .partialContent, fields, request)
        case .unsatisfiable:
            var problem = Problem(
                .rangeNotSatisfiable, "range-not-satisfiable", "Range not satisfiable",
                detail: "The body has \(bytes.readableBytes) bytes.", parameter: "Range"
            )
            problem.headers[.contentRange] = "bytes */\(bytes.readableBytes)"
            problem.headers[.acceptRanges] = "bytes"
            throw problem
        }
    }

    /// `HEAD` has every header of the `GET`, its length too, and no body.
    private static func body(
        _ bytes: ByteBuffer, _ status: HTTPResponse.Status, _ headers: HTTPFields, _ request: Request
    ) -> Response {
        var fields = headers
        fields[.contentLength] = "\(bytes.readableBytes)"
        let body = request.method == .head ? ResponseBody() : ResponseBody(byteBuffer: bytes)
        return Response(status: status, headers: fields, body: body)
    }

    /// `Range` counts for `GET` alone, and only where `If-Range`, if there is one, names this very representation.
    private static func range(of request: Request, etag: String?, byteCount: Int) -> ByteRange {
        guard request.method == .get else { return .whole }
        if let condition = request.headers[.ifRange], condition != etag { return .whole }
        return ByteRange(request.headers[.range], bodyByteCount: byteCount)
    }
}
