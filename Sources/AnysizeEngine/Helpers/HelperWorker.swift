import AnysizeCore
import NIOCore
import Vips

/// What a helper does with one request. No processes in here, so that tests can call it.
struct HelperWorker {
    /// The original's bytes from its start on, and where results go.
    let input: UnsafeRawBufferPointer
    let output: UnsafeMutableRawBufferPointer

    func reply(to request: HelperRequest, watch: Watch) -> HelperReply {
        do throws(RenderError) { return try Vips.job { () throws(RenderError) in try work(request, watch) } } catch {
            return .failed(error)
        }
    }

    private func work(_ request: HelperRequest, _ watch: Watch) throws(RenderError) -> HelperReply {
        guard (0...input.count).contains(request.byteCount),
            (0...input.count - request.byteCount).contains(request.overlayByteCount)
        else { throw .failed(cause: "more bytes than the input memory has") }
        let bytes = UnsafeRawBufferPointer(rebasing: input[..<request.byteCount])
        switch request.job {
        case .examine(let pyramid):
            let (facts, levels) = try Examination(limits: request.limits, pyramid: pyramid, watch: watch)
                .run(bytes, into: output)
            return .examined(facts, levels)
        case .exif:
            return .exif(try ExifReading(limits: request.limits, watch: watch).run(bytes))
        case .render(let plan):
            let behind = UnsafeRawBufferPointer(rebasing: input[request.byteCount...].prefix(request.overlayByteCount))
            let rendered = try RenderJob(plan: plan, limits: request.limits, watch: watch)
                .run(bytes, overlay: behind.isEmpty ? nil : behind)
            let result = rendered.variant.bytes
            guard result.readableBytes <= output.count - HelperControl.byteCount else {
                throw .failed(cause: "the output memory is too small for the variant")
            }
            let target = UnsafeMutableRawBufferPointer(rebasing: output[HelperControl.byteCount...])
            result.withUnsafeReadableBytes { target.copyMemory(from: $0) }
            return .rendered(byteCount: result.readableBytes, rendered.variant.format, rendered.timings)
        }
    }
}
