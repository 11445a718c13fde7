import AnysizeCore
import Vips

/// Animations: the steps of a still, applied to one frame after the other.
extension RenderJob {
    /// Frames are decoded in turn, each as it looks when it is shown, so what one leaves of another is right whatever is done
    /// to them afterwards; only their results are in memory together. What depends on pixels is decided by the first.
    func frameByFrame(_ bytes: UnsafeRawBufferPointer, _ clock: Stopwatch) throws(RenderError) -> Rendered {
        var timings = RenderTimings()
        let animation: Image
        do throws(VipsError) { animation = try load(bytes) } catch { throw .reading(error, watch) }
        guard animation.height == animation.frameHeight * plan.frameCount else {
            throw .undecodable(
                reason: "The image's header contradicts its pixels.",
                cause: "\(animation.height) rows for \(plan.frameCount) frames")
        }
        timings.open = clock.lap()
        var job = self
        var results = ImageColumn()
        for index in 0..<plan.frameCount {
            try RenderError.check(watch)
            let frame: Image
            do throws(VipsError) { frame = try resize(try animation.frame(index)).inMemory() } catch {
                throw .reading(error, watch)
            }
            do throws(VipsError) {
                if index == 0, plan.smartCrop != nil {
                    job.smartPlace = try smartCrop(try upright(frame)).cutOrigin
                }
                results.append(try job.finish(frame).inMemory())
            } catch { throw .working(error, watch) }
        }
        timings.resize = clock.lap()
        do throws(VipsError) {
            let result = try results.joined()
            result.setFrames(height: plan.size.height, timedAs: animation)
            let variant = try encode(result)
            timings.encode = clock.lap()
            return Rendered(variant: variant, timings: timings)
        } catch { throw .working(error, watch) }
    }
}
