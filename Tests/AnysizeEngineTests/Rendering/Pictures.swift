import AnysizeCore
import AnysizeTesting
import NIOCore
import Testing
import Vips

@testable import AnysizeEngine

/// A renderer on two threads, and eyes for what it makes.
enum Pictures {
    static let renderer: InProcessDecoder = {
        do throws(VipsError) { try Vips.start(.uploads()) } catch { preconditionFailure("\(error)") }
        Lettering.prepare()
        return InProcessDecoder(pool: RenderPool(threadCount: 2), limits: HeaderLimits())
    }()

    /// Examines and renders, as an upload and a fetch would.
    static func render(
        _ bytes: ByteBuffer, _ query: String, deadline: ContinuousClock.Instant = .now + .seconds(300)
    ) async throws -> (variant: Variant, settled: SettledRecipe, facts: PictureFacts) {
        let facts = try await renderer.examine(bytes, deadline: .now + .seconds(300))
        let settled = try Recipe(query: query).settled(for: facts)
        let plan = RenderPlan.make(settled, for: facts, from: .original)
        return (try await renderer.render(bytes, plan: plan, deadline: deadline).variant, settled, facts)
    }

    /// A decoded picture.
    struct Seen {
        let width: Int
        let height: Int
        let bands: Int
        let pixels: [UInt8]
        let fields: [String]

        /// The channels at shares of width and height.
        func at(_ u: Double, _ v: Double) -> [Int] {
            let x = min(width - 1, Int(u * Double(width)))
            let y = min(height - 1, Int(v * Double(height)))
            return pixels[((y * width + x) * bands)...].prefix(bands).map(Int.init)
        }

        /// The mean difference of two pictures of one size, in levels of 255.
        func difference(from other: Seen) -> Double {
            guard (width, height, bands) == (other.width, other.height, other.bands) else { return 255 }
            let sum = zip(pixels, other.pixels).reduce(0) { $0 + abs(Int($1.0) - Int($1.1)) }
            return Double(sum) / Double(pixels.count)
        }
    }

    /// Decodes a result.
    static func see(_ variant: Variant) throws -> Seen {
        let loader: Loader =
            switch variant.format {
            case .jpeg: .jpeg
            case .png: .png
            case .webp: .webp
            case .gif: .gif
            case .avif, .heic: .heif
            case .tiff: .tiff
            case .svg: .svg
            case .jxl: .jxl
            case .pdf: .pdf
            }
        return try Vips.job { () throws(VipsError) in
            try variant.bytes.withUnsafeReadableBytes { (bytes) throws(VipsError) in
                let image = try Image.load(bytes, as: loader)
                return Seen(
                    width: image.width, height: image.height, bands: image.bands, pixels: try image.pixels(),
                    fields: image.fields
                )
            }
        }
    }

    static func see(_ name: String, _ query: String) async throws -> Seen {
        try see(try await render(try Fixture.original(name), query).variant)
    }

    /// Whether a pixel has a colour within a distance a channel.
    static func isNear(_ pixel: [Int], _ colour: [Int], _ distance: Int) -> Bool {
        pixel.count >= 3 && zip(pixel, colour).allSatisfy { abs($0 - $1) <= distance }
    }
}
