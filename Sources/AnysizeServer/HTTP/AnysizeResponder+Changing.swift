import AnysizeCore
import HTTPTypes
import Hummingbird

/// Originals that come, and go.
extension AnysizeResponder {
    func upload(
        _ target: UploadService.Target, _ query: Substring, _ request: Request, _ started: ContinuousClock.Instant
    ) async throws(Problem) -> Response {
        try authorize(.upload, request)
        try refuseParameters(query)
        let body = try UploadBody(request, byteCountMax: uploads.byteCountMax)
        do throws(AnysizeError) {
            try await uploads.checkBefore(byteCount: body.declaredByteCount, target: target)
        } catch { throw Problem(error) }
        try await clients?.charge(request, for: .upload, keys: keys)
        let receipt = try await untilGone { () async throws(AnysizeError) in
            try await uploads.receive(body, as: target)
        }
        var document = OriginalDocument(receipt.record)
        // Any width is just what locked presets are against.
        if !presets.isLocked { document = document.withSrcset(signing) }
        var headers = HTTPFields()
        headers[.eTag] = "\"\(receipt.record.digest)\""
        headers[.cacheControl] = "no-store"
        let seconds = (ContinuousClock.now - started).seconds
        headers[.serverTiming] = ServerTiming.of(receipt.timings, totalSeconds: seconds)
        headers[.location] = "/img/\(receipt.record.id)"
        return Self.json(document, receipt.outcome.isNew ? .created : .ok, headers, request)
    }

    func delete(_ id: OriginalID, _ query: Substring, _ request: Request) async throws(Problem) -> Response {
        try authorize(.delete, request)
        try refuseParameters(query)
        let condition = try WriteCondition(request.headers)
        do throws(AnysizeError) {
            let (record, variants) = try await originals.delete(id, if: condition)
            let document = DeletionDocument(id: id.description, bytes: record.byteCount, variants: variants)
            return Self.json(document, .ok, [.cacheControl: "no-store"], request)
        } catch { throw Problem(error) }
    }
}
