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
        of resolved: VariantService.Resolved, isNegotiated: Bool, isPrivate: Bool, secondsLeft: Int? = nil
    ) -> HTTPFields {
        var fields = HTTPFields()
        fields[.eTag] = "\"\(resolved.key)\""
        // Of two originals, the younger one's.
        let overlay = resolved.overlay?.record
        let isYounger = overlay.map { $0.created > resolved.record.created } ?? false
        fields[.lastModified] = Self.lastModified(overlay.flatMap { isYounger ? $0 : nil } ?? resolved.record)
        fields[.cacheControl] =
            isPrivate ? "private, no-store" : cacheControl(of: resolved, secondsLeft: secondsLeft)
        if let fallback = resolved.fallback { fields[.anysizeFallback] = "avif; reason=\(fallback.rawValue)" }
        if isNegotiated { fields[.vary] = "Accept" }
        fields[.timingAllowOrigin] = "*"
        return fields
    }

    /// Never later than `Date` (RFC 9110, 8.8.2.1), which is made once a second and so up to a second old.
    static func lastModified(_ record: OriginalRecord) -> String {
        HTTPDate.text(of: min(record.created, Date.now.addingTimeInterval(-1)))
    }

    private func cacheControl(of resolved: VariantService.Resolved, secondsLeft: Int?) -> String {
        guard resolved.fallback == .load else {
            return cacheControl(isImmutable: resolved.isImmutable, secondsLeft: secondsLeft)
        }
        let seconds = min(ages(isImmutable: resolved.isImmutable, secondsLeft: secondsLeft).seconds, 10)
        return "public, max-age=\(seconds)"
    }

    /// - Parameter secondsLeft: how long the URL still holds; nil for ever.
    func cacheControl(isImmutable: Bool, secondsLeft: Int? = nil) -> String {
        let ages = ages(isImmutable: isImmutable, secondsLeft: secondsLeft)
        var text = "public, max-age=\(ages.seconds)"
        if isImmutable { text += ", immutable" }
        if ages.staleSeconds > 0 || secondsLeft == nil, !isImmutable {
            text += ", stale-while-revalidate=\(ages.staleSeconds)"
        }
        return text
    }

    /// The last second, since 1970, in which a header with these ages may be given: from then on caches that get it would keep the
    /// answer for longer than its URL holds.
    func lastSecond(isImmutable: Bool, expiry: Int, secondsLeft: Int) -> Int {
        let ages = ages(isImmutable: isImmutable, secondsLeft: secondsLeft)
        return expiry - 1 - ages.seconds - ages.staleSeconds
    }

    /// No age goes beyond the URL's end; and a minute before it at most, so that the hit lane can give the same header for as long.
    private func ages(isImmutable: Bool, secondsLeft: Int?) -> Freshness {
        let usual = isImmutable ? Freshness(seconds: 31_536_000, staleSeconds: 0) : freshness
        guard let secondsLeft else { return usual }
        // The present second has begun already.
        let left = max(0, secondsLeft - 1 - min(60, secondsLeft / 16))
        let seconds = min(usual.seconds, left)
        return Freshness(seconds: seconds, staleSeconds: min(usual.staleSeconds, left - seconds))
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
