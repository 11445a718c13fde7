import Synchronization

import CVips

/// What can end pixel work before it is done: a deadline, or the wish of whoever asked for it.
///
/// libvips reports progress from inside the thread that computes pixels, and only there may an image be killed; so the
/// other threads set a flag, and the working thread looks at it. A codec that reads its whole input in one call
/// (progressive JPEG for one) is not interrupted by this; only a process that can be killed would do that.
package final class Watch: Sendable {
    /// Why work was stopped.
    package enum Reason: Int, Sendable { case none = 0, cancelled = 1, deadline = 2 }

    private let state = Atomic<Int>(Reason.none.rawValue)
    private let deadline: ContinuousClock.Instant?
    private let isCancelled: @Sendable () -> Bool

    /// - Parameters:
    ///   - deadline: when work stops by itself; nil for never.
    ///   - isCancelled: also asked at every report, for a wish that comes from another process.
    package init(deadline: ContinuousClock.Instant? = nil, isCancelled: @escaping @Sendable () -> Bool = { false }) {
        self.deadline = deadline
        self.isCancelled = isCancelled
    }

    /// Asks the work to stop at its next report. From any thread; only the first reason counts.
    package func cancel() { stop(.cancelled) }

    /// Why work was stopped, or `.none`. Also looks at the clock, so that a job can ask between two operations.
    package var reason: Reason {
        if let deadline, ContinuousClock.now >= deadline { stop(.deadline) }
        if isCancelled() { stop(.cancelled) }
        return Reason(rawValue: state.load(ordering: .acquiring)) ?? .none
    }

    private func stop(_ reason: Reason) {
        _ = state.compareExchange(
            expected: Reason.none.rawValue, desired: reason.rawValue, ordering: .acquiringAndReleasing)
    }

    /// Ties the pixel passes over `image` to this watch. The watch must outlive the image, so the caller keeps both
    /// in one scope.
    func attach(to image: borrowing Image) {
        anysize_image_watch(
            image.pointer,
            { image, _, context in
                guard let context else { return }
                let watch = Unmanaged<Watch>.fromOpaque(context).takeUnretainedValue()
                if watch.reason != .none { vips_image_set_kill(image, 1) }
            },
            Unmanaged.passUnretained(self).toOpaque()
        )
    }
}
