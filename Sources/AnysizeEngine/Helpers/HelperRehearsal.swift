import AnysizeCore
import NIOCore
import Vips

/// A built-in picture on the way of every upload: examined, rendered to a format, and examined again.
enum HelperRehearsal {
    /// - Throws: `RenderError` where a step fails or gives another picture.
    static func run(_ format: ImageFormat, in memory: UnsafeMutableRawBufferPointer) throws(RenderError) {
        try Vips.job { () throws(RenderError) in
            let facts = try examine(SamplePicture.png, memory)
            let variant = try render(SamplePicture.png, to: format, facts)
            let again = try examine(variant.bytes, memory)
            guard again.format == format, again.size == facts.size else {
                throw .failed(cause: "the sample came back as \(again.format) of another size")
            }
        }
    }

    /// For a format that is only read.
    static func read(_ bytes: ByteBuffer, in memory: UnsafeMutableRawBufferPointer) throws(RenderError) {
        _ = try Vips.job { () throws(RenderError) in try examine(bytes, memory) }
    }

    private static func examine(
        _ bytes: ByteBuffer, _ memory: UnsafeMutableRawBufferPointer
    ) throws(RenderError) -> PictureFacts {
        try bytes.withUnsafeReadableBytes { (bytes) throws(RenderError) in
            try Examination(
                limits: HeaderLimits(extraFormats: Set(ImageFormat.extra)), pyramid: Pyramid(), watch: Watch()
            ).run(bytes, into: memory).0
        }
    }

    private static func render(
        _ bytes: ByteBuffer, to format: ImageFormat, _ facts: PictureFacts
    ) throws(RenderError) -> Variant {
        var recipe = Recipe()
        recipe.format = .exactly(format)
        let settled: SettledRecipe
        do throws(RecipeError) { settled = try recipe.settled(for: facts) } catch {
            throw .failed(cause: error.detail)
        }
        let plan = RenderPlan.make(settled, for: facts, from: .original)
        return try RenderJob(plan: plan, limits: HeaderLimits(), watch: Watch()).run(bytes).variant
    }
}
