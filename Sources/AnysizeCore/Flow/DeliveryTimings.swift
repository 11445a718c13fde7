/// Where the time of an answer went, in seconds; nil where a step didn't happen.
package struct DeliveryTimings: Hashable, Sendable {
    /// Waiting for a permit, and for a thread.
    package var queue: Double?
    /// Reading and checking the level, or the original.
    package var load: Double?
    /// Making the original's levels, which were missing.
    package var levels: Double?
    package var render: RenderTimings?
    /// Keeping the result in memory.
    package var store: Double?
    /// Waiting for another request's render.
    package var wait: Double?

    package init() {}
}
