package import CoreMetrics

/// The flow's metrics, by the words of the house. No label holds an id or anything else a caller chose.
package enum FlowMetrics {
    package static let renders = Counter(label: "anysize_renders_total")
    package static let rendersFailed = Counter(label: "anysize_renders_failed_total")
    package static let rendersCancelled = Counter(label: "anysize_renders_cancelled_total")
    package static let refused = Counter(label: "anysize_refused_total")
    package static let deadlinesPassed = Counter(label: "anysize_deadlines_passed_total")
    package static let flightsJoined = Counter(label: "anysize_flights_joined_total")
    /// Requests for AVIF by `format=auto` that got WebP since too many renders waited.
    package static let avifFallbacks = Counter(label: "anysize_avif_fallbacks_total")
    package static let fillsDropped = Counter(label: "anysize_fills_dropped_total")
    package static let queueTime = Timer(label: "anysize_queue_seconds")
    package static let loadTime = Timer(label: "anysize_load_seconds")
    package static let renderTime = Timer(label: "anysize_render_seconds")
    package static let renderedBytes = Counter(label: "anysize_rendered_bytes_total")
    package static let uploads = Counter(label: "anysize_uploads_total")
    package static let uploadedBytes = Counter(label: "anysize_uploaded_bytes_total")
    package static let uploadsRefused = Counter(label: "anysize_uploads_refused_total")
    /// Requests answered from the mark of an earlier failure.
    package static let setAside = Counter(label: "anysize_set_aside_total")
    package static let levelsMade = Counter(label: "anysize_levels_made_total")
    package static let levelHits = Counter(label: "anysize_level_hits_total")
    package static let levelMisses = Counter(label: "anysize_level_misses_total")
    package static let originalsDamaged = Counter(label: "anysize_originals_damaged_total")

    /// Makes the counters, so that they are there from the start, at 0: a rate needs its first step.
    package static func prepare() {
        for counter in [
            renders, rendersFailed, rendersCancelled, refused, deadlinesPassed, flightsJoined, avifFallbacks,
            fillsDropped,
            renderedBytes,
            uploads, uploadedBytes, uploadsRefused, setAside, levelsMade, levelHits, levelMisses, originalsDamaged,
            memoryHits, memoryMisses, diskHit, diskMiss,
        ] { counter.increment(by: 0) }
        for work in LimitedWork.allCases { rateLimited(work).increment(by: 0) }
        for reason in FailureReason.allCases { decodesFailed(reason).increment(by: 0) }
    }

    /// Decodes that went wrong badly.
    package static func decodesFailed(_ reason: FailureReason) -> Counter {
        Counter(label: "anysize_decodes_failed_total", dimensions: [("reason", reason.rawValue)])
    }

    /// Requests of clients beyond their rate.
    package static func rateLimited(_ work: LimitedWork) -> Counter {
        Counter(label: "anysize_rate_limited_total", dimensions: [("work", work.rawValue)])
    }

    package static func cacheHits(_ tier: String) -> Counter { tier == "memory" ? memoryHits : diskHits(tier) }
    package static func cacheMisses(_ tier: String) -> Counter { tier == "memory" ? memoryMisses : diskMisses(tier) }

    // Made once: looking a counter up by its labels costs more than counting.
    package static let memoryHits = Counter(label: "anysize_cache_hits_total", dimensions: [("tier", "memory")])
    private static let memoryMisses = Counter(label: "anysize_cache_misses_total", dimensions: [("tier", "memory")])
    private static let diskHit = Counter(label: "anysize_cache_hits_total", dimensions: [("tier", "disk")])
    private static let diskMiss = Counter(label: "anysize_cache_misses_total", dimensions: [("tier", "disk")])

    private static func diskHits(_ tier: String) -> Counter {
        tier == "disk" ? diskHit : Counter(label: "anysize_cache_hits_total", dimensions: [("tier", tier)])
    }

    private static func diskMisses(_ tier: String) -> Counter {
        tier == "disk" ? diskMiss : Counter(label: "anysize_cache_misses_total", dimensions: [("tier", tier)])
    }
}
