package import AnysizeCore
package import Hummingbird
import Logging

import CoreMetrics
import HTTPTypes
import NIOCore

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// The public surface: from a request to its answer.
///
/// Routes are told apart by ``Route``, errors become answers in one place, and each answer is logged and counted here.
package struct AnysizeResponder: HTTPResponder {
    package typealias Context = BasicRequestContext

    let variants: VariantService
    let uploads: UploadService
    let originals: OriginalService
    let keys: KeyRing
    /// Nil where no client is held to anything.
    let clients: ClientLimits?
    let signing: URLSigning
    let presets: Presets
    let gate: PictureGate
    let images: ImageResponse
    let log: RequestLog

    package init(
        variants: VariantService, uploads: UploadService, originals: OriginalService, keys: KeyRing,
        clients: ClientLimits? = nil, signing: URLSigning = URLSigning(),
        presets: Presets = Presets(), clock: WallClock = .system,
        freshnessSeconds: Int, staleSeconds: Int, log: RequestLog
    ) {
        self.variants = variants
        self.uploads = uploads
        self.originals = originals
        self.keys = keys
        self.clients = clients
        self.signing = signing
        self.presets = presets
        gate = PictureGate(signing: signing, keys: keys, clock: clock)
        images = ImageResponse(freshness: .init(seconds: freshnessSeconds, staleSeconds: staleSeconds))
        self.log = log
    }

    package func respond(to request: Request, context: BasicRequestContext) async throws -> Response {
        let started = ContinuousClock.now
        let target = RequestTarget(request.head.path ?? "")
        let route = Route(request.method, path: target.path)
        var note = RequestLog.Note(route: route.name, method: request.method.rawValue)
        var response: Response
        do throws(Problem) {
            response = try await answer(route, target, request, started, &note)
        } catch {
            var problem = error
            if let parameter = error.parameter, error.status == .badRequest {
                problem.value = target.value(of: parameter)
            }
            note.problem = problem
            let document = problem.document(requestID: context.id)
            response = Response(
                status: problem.status, headers: problem.fields(answering: note, byteCount: document.readableBytes),
                body: ResponseBody(byteBuffer: document))
            if request.method == .head { response = response.createHeadResponse() }
        }
        // Every answer says where it came from and what it cost.
        if response.headers[.cacheStatus] == nil { response.headers[.cacheStatus] = "Anysize; fwd=bypass" }
        if response.headers[.serverTiming] == nil {
            response.headers[.serverTiming] = ServerTiming.total(seconds: (ContinuousClock.now - started).seconds)
        }
        allowOrigins(&response, route)
        log.record(
            note, status: response.status.code, byteCount: response.body.contentLength,
            seconds: (ContinuousClock.now - started).seconds, requestID: context.id)
        return response
    }

    private func answer(
        _ route: Route, _ target: RequestTarget, _ request: Request, _ started: ContinuousClock.Instant,
        _ note: inout RequestLog.Note
    ) async throws(Problem) -> Response {
        switch route {
        case .variant(let id):
            // Also where it is refused: caches must keep the refusal under the same rule.
            note.isNegotiated = target.query.contains("auto")
            return try await variant(id, try gate.admit(target, request), request, started, &note)
        case .info(let id): return try await info(id, try gate.admit(target, request), request)
        case .original(let id):
            // A signature alone gives nobody the original.
            try authorize(.read, request)
            return try await original(id, try gate.admit(target, request), request)
        case .upload: return try await upload(.content, target.query, request, started)
        case .replace(let id):
            try authorize(.upload, request)
            let condition = try WriteCondition(request.headers)
            return try await upload(.chosen(id, condition), target.query, request, started)
        case .delete(let id): return try await delete(id, target.query, request)
        case .list: return try await list(target.query, request)
        case .options: return options()
        case .notAllowed(let allow):
            var problem = Problem(
                .methodNotAllowed, "method-not-allowed", "Method not allowed", detail: "This path takes \(allow)."
            )
            problem.headers[.allow] = allow
            throw problem
        case .badID:
            throw Problem(
                .badRequest, "bad-request", "Bad request", detail: "An id is \(OriginalID.rule).", parameter: "id"
            )
        case .unknown:
            throw Problem(
                .notFound, "unknown-path", "Unknown path", detail: "There is nothing at this path; see /img/{id}.")
        }
    }
}

// MARK: - Fetching

extension AnysizeResponder {
    private func variant(
        _ id: OriginalID, _ pass: PictureGate.Pass, _ request: Request, _ started: ContinuousClock.Instant,
        _ note: inout RequestLog.Note
    ) async throws(Problem) -> Response {
        let recipe: Recipe
        do throws(RecipeError) { recipe = try Recipe(query: pass.query, presets: presets) } catch {
            throw Problem(.badRecipe(error))
        }
        note.isNegotiated = recipe.format == .auto
        // Positions and serial numbers are for those who may have the original.
        if recipe.metadata == .keep { try authorize(.read, request) }
        let isForAll = recipe.metadata != .keep && !pass.isByKey
        let isPrivate = pass.isByKey || recipe.metadata == .keep && !keys.isOpen
        let known = request.headers[.ifNoneMatch].flatMap { EntityTags($0) }
        let accepted = AcceptedFormats(accept: request.headers[.accept])
        let isKnown: @Sendable (VariantKey) -> Bool = { known?.matchesWeakly($0.description) ?? false }
        let found: VariantService.AtHand
        do throws(AnysizeError) {
            found = try await variants.atHand(id, recipe, accepting: accepted, isKnown: isKnown)
        } catch { throw Problem(error) }
        let answer: VariantService.Answer
        switch found {
        case .answer(let known): answer = known
        case .missing(let missing):
            // Who waits for another's render costs nothing.
            if !variants.isUnderWay(missing) { try await clients?.charge(request, for: .render, keys: keys) }
            // Worth a watch on the client, which what is short is not.
            answer = try await untilGone { () async throws(AnysizeError) in
                try await variants.render(missing, isKnown: isKnown)
            }
        }
        switch answer {
        case .notModified(let resolved):
            note.origin = "known"
            if isForAll { offer(resolved, tier: nil, pass, note) }
            var headers = images.headers(
                of: resolved, isNegotiated: note.isNegotiated, isPrivate: isPrivate, secondsLeft: pass.secondsLeft)
            headers[.cacheStatus] = "Anysize; hit; detail=validated"
            headers[.serverTiming] = ServerTiming.total(seconds: (ContinuousClock.now - started).seconds)
            return Self.empty(.notModified, headers)
        case .variant(let resolved, let delivery):
            note.origin = delivery.origin.name
            if isForAll, case .tier(let tier) = delivery.origin { offer(resolved, tier: tier, pass, note) }
            var headers = images.headers(
                of: resolved, isNegotiated: note.isNegotiated, isPrivate: isPrivate, secondsLeft: pass.secondsLeft)
            headers[.cacheStatus] = delivery.origin.cacheStatus(
                of: resolved.source, isStored: variants.keepsVariants)
            let seconds = (ContinuousClock.now - started).seconds
            headers[.serverTiming] = ServerTiming.of(delivery.timings, source: resolved.source, totalSeconds: seconds)
            return try images.variant(resolved, delivery.variant, headers: headers, request: request)
        }
    }

    /// Tells the connection that the same request may have the same answer again, for the hit lane. Never of an answer that
    /// depends on who asks.
    private func offer(
        _ resolved: VariantService.Resolved, tier: String?, _ pass: PictureGate.Pass, _ note: RequestLog.Note
    ) {
        // The lane asks about one original; whether another one that it shows is still there, the router asks each time.
        guard resolved.overlay == nil else { return }
        // What was given for want of time isn't to be given again.
        guard resolved.fallback != .load else { return }
        // Until then `Last-Modified` is not what it will be.
        guard resolved.record.created.timeIntervalSinceNow < -1 else { return }
        var lastSecond: Int?
        if let expiry = pass.expiry, let left = pass.secondsLeft {
            lastSecond = images.lastSecond(isImmutable: resolved.isImmutable, expiry: expiry, secondsLeft: left)
        }
        Connection.current?.offer(
            HitOffer(resolved: resolved, tier: tier, isNegotiated: note.isNegotiated, lastSecond: lastSecond))
    }

    private func info(
        _ id: OriginalID, _ pass: PictureGate.Pass, _ request: Request
    ) async throws(Problem) -> Response {
        let asked = try InfoQuery(pass.query)
        // Positions and serial numbers are for those who may have the original.
        if asked.hasExif { try authorize(.read, request) }
        let record: OriginalRecord
        do throws(AnysizeError) { record = try await originals.record(id) } catch { throw Problem(error) }
        if asked.hasExif {
            var document = OriginalDocument(record)
            document.exif = try await untilGone { () async throws(AnysizeError) in
                try await originals.exif(of: record)
            }.values
            return Self.json(document, .ok, [.cacheControl: "private, no-store"], request)
        }
        var headers = HTTPFields()
        headers[.eTag] = "\"\(record.digest)-info\""
        headers[.cacheControl] =
            pass.isByKey ? "private, no-store" : images.cacheControl(isImmutable: false, secondsLeft: pass.secondsLeft)
        headers[.lastModified] = ImageResponse.lastModified(record)
        if let known = request.headers[.ifNoneMatch].flatMap({ EntityTags($0) }),
            known.matchesWeakly("\(record.digest)-info")
        {
            return Self.empty(.notModified, headers)
        }
        return Self.json(OriginalDocument(record), .ok, headers, request)
    }

    private func original(
        _ id: OriginalID, _ pass: PictureGate.Pass, _ request: Request
    ) async throws(Problem) -> Response {
        try refuseParameters(pass.query)
        let record: OriginalRecord
        let bytes: ByteBuffer
        do throws(AnysizeError) { (record, bytes) = try await originals.bytes(id) } catch { throw Problem(error) }
        return try ImageResponse.original(record, bytes, request: request)
    }

    private func list(_ query: Substring, _ request: Request) async throws(Problem) -> Response {
        try authorize(.read, request)
        let page = try PageQuery(query)
        let records: [OriginalRecord]
        do throws(AnysizeError) {
            // One more than asked for, to know whether there is a next page.
            records = try await originals.list(after: page.after, limit: page.limit + 1)
        } catch { throw Problem(error) }
        let shown = records.prefix(page.limit)
        let next = records.count > page.limit ? shown.last?.id.description : nil
        let document = OriginalPage(originals: shown.map { OriginalDocument($0) }, next: next)
        return Self.json(document, .ok, [.cacheControl: "private, no-store"], request)
    }
}

// MARK: - What all answers share

extension AnysizeResponder {
    /// Runs work that stops when the client leaves.
    func untilGone<Value: Sendable>(
        _ work: @escaping @Sendable () async throws(AnysizeError) -> Value
    ) async throws(Problem) -> Value {
        do {
            guard let connection = Connection.current else { return try await work() }
            return try await connection.cancelledWhenGone { try await work() }
        } catch is ConnectionError {
            throw Problem(.callerGone)
        } catch {
            throw Problem(AnysizeError(narrowing: error))
        }
    }

    func refuseParameters(_ query: Substring) throws(Problem) {
        guard let first = query.split(separator: "&").first else { return }
        let name = PercentEncoding.decode(first.split(separator: "=").first ?? first) ?? "?"
        throw Problem(
            .badRequest, "bad-request", "Bad request", detail: "This path takes no parameters.",
            parameter: String(name.prefix(64))
        )
    }

    static func json(
        _ document: some Encodable, _ status: HTTPResponse.Status, _ headers: HTTPFields, _ request: Request
    ) -> Response {
        let body = JSONText.encode(document)
        var fields = headers
        fields[.contentType] = "application/json"
        fields[.contentLength] = "\(body.readableBytes)"
        fields[.xContentTypeOptions] = "nosniff"
        return Response(
            status: status, headers: fields,
            body: request.method == .head ? ResponseBody() : ResponseBody(byteBuffer: body)
        )
    }

    /// An answer that has no body by definition, so no length of one either.
    static func empty(_ status: HTTPResponse.Status, _ headers: HTTPFields) -> Response {
        var response = Response(status: status, headers: headers)
        response.headers[.contentLength] = nil
        return response
    }
}
