package import AnysizeCore
package import NIOCore
import Vips

/// What this machine's libvips can do, tried rather than asked.
package struct VipsSelfCheck: Sendable {
    /// libvips' version, `8.14.1` for one.
    package let version: String
    /// What stands in the way of a start: a loader that should be blocked and isn't, or one that is missing.
    package let faults: [String]

    /// Starts libvips for a process that decodes nothing but levels, and checks that all other loaders are blocked.
    /// - Throws: `.failed` where libvips doesn't start at all.
    package static func start() throws(RenderError) -> VipsSelfCheck {
        do throws(VipsError) { try Vips.start(.levels) } catch { throw .failed(cause: error.description) }
        let faults = Vips.job {
            LoaderCheck.faults(.levels) + LoaderCheck.missingSavers().map { "\($0) is missing from this libvips" }
        }
        return VipsSelfCheck(version: Vips.version, faults: faults)
    }

    /// Bytes that libvips holds for pixels now, and the most it has held at once.
    package static var memory: (now: Int, highWater: Int) {
        (Vips.trackedByteCount, Vips.trackedByteCountHighWater)
    }

    /// Whether a format can be written and read here, by doing both with a small picture.
    /// - Parameter sample: a picture of the format where it can't be written: HEIC.
    package static func roundTrip(
        _ format: ImageFormat, with decoder: some OriginalDecoder, sample: ByteBuffer
    ) async -> (canRead: Bool, canWrite: Bool) {
        let deadline = ContinuousClock.now + .seconds(20)
        let pyramid = Pyramid(isEnabled: false)
        do throws(RenderError) {
            let facts = try await decoder.examine(sample, pyramid: pyramid, deadline: deadline).facts
            guard format.isOutput, facts.format != format else { return (facts.format == format, false) }
            var recipe = Recipe()
            recipe.format = .exactly(format)
            guard let settled = try? recipe.settled(for: facts) else { return (false, false) }
            let plan = RenderPlan.make(settled, for: facts, from: .original)
            let rendered = try await decoder.render(sample, plan: plan, deadline: deadline)
            do throws(RenderError) {
                let again = try await decoder.examine(rendered.variant.bytes, pyramid: pyramid, deadline: deadline)
                    .facts
                return (again.format == format && again.size == facts.size, true)
            } catch { return (false, true) }
        } catch { return (false, false) }
    }
}
