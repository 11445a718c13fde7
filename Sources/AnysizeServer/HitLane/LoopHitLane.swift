import AnysizeCore
import CoreMetrics
import HTTPTypes
import Hummingbird
import NIOCore
import NIOHTTP1

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif
#if canImport(Glibc)
    import Glibc
#endif

/// The hit lane of one event loop: no lock is taken and nothing is shared for most hits.
final class LoopHitLane {
    /// An answer, ready to be written.
    struct Answer {
        let head: ByteBuffer
        /// Nil where there is none, for a `HEAD` or a 304.
        let body: ByteBuffer?
    }

    private let shared: HitLane
    private var table: HitTable
    /// The date as HTTP writes it, made once a second.
    private var date = (second: Int.min, text: [UInt8]())

    init(_ shared: HitLane) {
        self.shared = shared
        table = HitTable(byteCountMax: shared.byteCountMax)
    }

    /// - Parameter start: when the request's header was there.
    /// - Returns: nil where a route must answer.
    func answer(_ request: HitRequest, since start: NIODeadline, _ allocator: ByteBufferAllocator) -> Answer? {
        guard let hit = table.find(request) else { return refusal(of: request, since: start, allocator) }
        // Its URL will end, or has: the router knows what caches may be told, or what is to be refused.
        if let last = hit.lastSecond, shared.clock.seconds() > last {
            table.remove(request)
            return nil
        }
        if let tags = request.ifNoneMatch {
            // What names another version than the one known here, and what is malformed, is for the router.
            guard Self.names(hit.tag, tags), let head = hit.notModified, hit.isCurrent(shared.variants) else {
                return nil
            }
            return finish(request, head, nil, from: nil, since: start, allocator)
        }
        guard let (head, variant, tier) = whole(request, hit, at: start) else { return nil }
        return finish(request, head, request.isHead ? nil : variant.bytes, from: tier, since: start, allocator)
    }

    /// Header and variant of a 200, and the tier that had it.
    private func whole(
        _ request: HitRequest, _ hit: KnownHit, at now: NIODeadline
    ) -> (head: StoredHead, variant: Variant, tier: String)? {
        let variant: Variant
        switch hit.standing(shared.variants, at: now) {
        case .known(let known): variant = known
        case .seen(let seen):
            table.touch(request)
            variant = seen
        case .evicted:
            guard let slower = hit.slower, let found = shared.variants.peekBehindMemory(hit.resolved),
                found.tier == slower.tier
            else { return nil }
            table.touch(request)
            return (slower.head, found.variant, found.tier)
        case .gone:
            // What became of it, the router will know.
            table.remove(request)
            return nil
        }
        guard let head = hit.whole else { return nil }
        FlowMetrics.memoryHits.increment()
        return (head, variant, MemoryCache.tierName)
    }

    /// What is refused costs no more than a hit: under overload there are ten of them for each render.
    private func refusal(
        of request: HitRequest, since start: NIODeadline, _ allocator: ByteBufferAllocator
    ) -> Answer? {
        guard let (problem, note) = shared.refusals.refusal(of: request) else { return nil }
        let requestID = RequestID().description
        let document = problem.document(requestID: requestID)
        let seconds = Double((NIODeadline.now() - start).nanoseconds) / 1e9
        var fields = problem.fields(answering: note, byteCount: document.readableBytes)
        fields[.serverTiming] = ServerTiming.total(seconds: seconds)
        AnysizeResponder.allowOrigins(&fields)
        var head = allocator.buffer(capacity: 512)
        head.writeString("HTTP/1.1 \(problem.status.code) \(problem.status.reasonPhrase)\r\n")
        for field in fields { head.writeString("\(field.name.rawName): \(field.value)\r\n") }
        head.writeString("Date: ")
        head.writeBytes(dateNow())
        head.writeString("\r\nServer: \(Listeners.serverName)\r\n\r\n")
        shared.refused.increment()
        shared.log.record(
            note, status: problem.status.code, byteCount: request.isHead ? 0 : document.readableBytes, seconds: seconds,
            requestID: requestID)
        return Answer(head: head, body: request.isHead ? nil : document)
    }

    /// Takes note of an answer that the router gave.
    /// - Parameter offer: what it is an answer about.
    func learn(_ request: HitRequest, _ offer: HitOffer, _ head: HTTPResponseHead) {
        // The header must be about the very same variant.
        guard head.status == (offer.tier == nil ? .notModified : .ok),
            head.headers.first(name: "etag") == "\"\(offer.resolved.key)\"", let stored = StoredHead(head)
        else { return }
        // What is known of another version is of no use any more.
        let known = table.find(request).flatMap { $0.isAbout(offer.resolved) ? $0 : nil }
        let hit = KnownHit(
            accept: offer.isNegotiated ? request.accept : nil, resolved: offer.resolved,
            whole: offer.tier == MemoryCache.tierName ? stored : known?.whole,
            slower: offer.tier.flatMap { $0 == MemoryCache.tierName ? nil : ($0, stored) } ?? known?.slower,
            notModified: head.status == .notModified ? stored : known?.notModified,
            lastSecond: [offer.lastSecond, known?.lastSecond].compactMap { $0 }.min()
        )
        table.put(hit, for: request, isNegotiated: offer.isNegotiated)
    }

    private func finish(
        _ request: HitRequest, _ head: StoredHead, _ body: ByteBuffer?, from tier: String?,
        since start: NIODeadline, _ allocator: ByteBufferAllocator
    ) -> Answer {
        var buffer = allocator.buffer(capacity: head.byteCount)
        let nanoseconds = (NIODeadline.now() - start).nanoseconds
        head.write(to: &buffer, date: dateNow(), nanoseconds: nanoseconds)
        shared.answered.increment()
        shared.log.recordHit(
            isHead: request.isHead, tier: tier, byteCount: body?.readableBytes ?? 0, nanoseconds: nanoseconds)
        return Answer(head: buffer, body: body)
    }

    private func dateNow() -> [UInt8] {
        let second = time(nil)
        if date.second != second {
            date = (second, Array(HTTPDate.text(of: Date(timeIntervalSince1970: Double(second))).utf8))
        }
        return date.text
    }

    /// Whether a value of `If-None-Match` names a tag.
    private static func names(_ tag: String, _ value: String) -> Bool {
        // What browsers send: one strong tag.
        let isIt =
            value.utf8.count == tag.utf8.count + 2 && value.utf8.first == 34 && value.utf8.last == 34
            && value.utf8.dropFirst().starts(with: tag.utf8)
        return isIt || EntityTags(value)?.matchesWeakly(tag) ?? false
    }
}
