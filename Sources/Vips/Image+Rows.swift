import CVips

/// A step of ours among those of libvips, computed as pixels are asked for.
extension Image {
    /// All pixels as `convert` makes them: the same size and channels, two bytes a channel, in sRGB or gray.
    /// - Parameter convert: gets the address of some pixels of a row, how many, and where as many of two bytes a channel go.
    ///   Called on whichever threads compute pixels.
    package borrowing func convertingRows(
        _ convert: @escaping @Sendable (UnsafeRawPointer, _ width: Int, UnsafeMutableRawPointer) -> Void
    ) throws(VipsError) -> Image {
        guard let target = anysize_image_derived(pointer) else { throw .last(operation: "image_pipeline") }
        let image = Image(target)
        let code = anysize_image_generate(
            target, pointer,
            { target, source, _, context, _ in
                guard let target, let source, let context else { return -1 }
                return RowConversion.of(context).fill(target, from: source.assumingMemoryBound(to: VipsRegion.self))
            },
            Unmanaged.passRetained(RowConversion(convert)).toOpaque(),
            { context in
                if let context { Unmanaged<RowConversion>.fromOpaque(context).release() }
            }
        )
        guard code == 0 else { throw .last(operation: "image_generate") }
        return image
    }
}

/// What libvips holds on to for such a step.
private final class RowConversion: Sendable {
    private let convert: @Sendable (UnsafeRawPointer, _ width: Int, UnsafeMutableRawPointer) -> Void

    init(_ convert: @escaping @Sendable (UnsafeRawPointer, _ width: Int, UnsafeMutableRawPointer) -> Void) {
        self.convert = convert
    }

    static func of(_ context: UnsafeMutableRawPointer) -> RowConversion {
        Unmanaged<RowConversion>.fromOpaque(context).takeUnretainedValue()
    }

    /// Fills a region, whatever part of the picture it is.
    /// - Returns: 0, or -1 with libvips' error set.
    func fill(_ target: UnsafeMutablePointer<VipsRegion>, from source: UnsafeMutablePointer<VipsRegion>) -> Int32 {
        var rect = target.pointee.valid
        guard vips_region_prepare(source, &rect) == 0 else { return -1 }
        for y in rect.top..<rect.top + rect.height {
            guard let row = anysize_region_address(source, rect.left, y),
                let result = anysize_region_target(target, rect.left, y)
            else { return -1 }
            convert(row, Int(rect.width), result)
        }
        return 0
    }
}
