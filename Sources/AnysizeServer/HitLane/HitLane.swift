package import AnysizeCore
package import CoreMetrics

import NIOCore
import Synchronization

/// Answers a request that was answered from a tier before, on the event loop, right behind the HTTP decoder.
///
/// It knows nothing by itself. A header is the one that the router gave to the same request, serialised once; the body is the
/// memory tier's own buffer, or read from a tier behind it that needn't wait; and whether both still hold is asked each time, of
/// the store and of that tier. What can't be told at once goes the long way: through the router, from whose answer the lane learns.
/// Only refusals of what would have to be rendered it makes itself, word for word as the router does (``RefusalDesk``).
///
/// Each event loop has a ``LoopHitLane`` of its own, so that hits on two of them never wait for one another.
package final class HitLane: Sendable {
    let variants: VariantService
    let log: RequestLog
    let clock: WallClock
    let refusals: RefusalDesk
    let answered: Counter
    let refused: Counter
    /// Of each loop.
    let byteCountMax: Int
    private let loops = Mutex<[ObjectIdentifier: NIOLoopBound<LoopHitLane>]>([:])

    /// - Parameters:
    ///   - presets: what the router takes, as what follows.
    ///   - byteCountMax: of what each event loop knows about requests; the pictures are the memory tier's.
    package init(
        variants: VariantService, presets: Presets = Presets(), signing: URLSigning = URLSigning(),
        byteCountMax: Int = 4_000_000, log: RequestLog, clock: WallClock = .system,
        metrics: any MetricsFactory = MetricsSystem.factory
    ) {
        self.variants = variants
        self.byteCountMax = byteCountMax
        self.log = log
        self.clock = clock
        refusals = RefusalDesk(variants: variants, presets: presets, isOpen: signing.isOpen)
        answered = Counter(label: "anysize_hit_lane_total", dimensions: [], factory: metrics)
        answered.increment(by: 0)
        refused = Counter(label: "anysize_hit_lane_refusals_total", dimensions: [], factory: metrics)
        refused.increment(by: 0)
    }

    /// The lane of a loop; called on that loop.
    func lane(of loop: any EventLoop) -> LoopHitLane {
        loops.withLock { loops in
            if let bound = loops[ObjectIdentifier(loop)] { return bound }
            let bound = NIOLoopBound(LoopHitLane(self), eventLoop: loop)
            loops[ObjectIdentifier(loop)] = bound
            return bound
        }.value
    }
}

/// What a route says of its answer, when it may be given again: what it is an answer about.
package struct HitOffer: Sendable {
    let resolved: VariantService.Resolved
    /// The tier that it came from; nil for a 304.
    let tier: String?
    /// Whether another `Accept` may get another answer.
    let isNegotiated: Bool
    /// The last second, since 1970, in which the same answer may be given; nil for ever.
    let lastSecond: Int?
}
