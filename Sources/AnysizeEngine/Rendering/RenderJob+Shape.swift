import AnysizeCore
import Resampling
import Vips

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Turns by other than quarters, the cut of such a picture, and outlines.
extension RenderJob {
    /// The picture on a canvas around it. Where the corners are to be clear or translucent, or colours are yet to be adjusted, the
    /// picture gets an alpha channel, and what is left clear becomes background later, as all that is.
    func tilted(_ image: borrowing Image) throws(VipsError) -> Image {
        guard let tilt = plan.tilt else { return try image.same() }
        let (cosine, sine) = (cos(tilt.degrees * .pi / 180), sin(tilt.degrees * .pi / 180))
        let fill = plan.background ?? (plan.output.hasAlpha ? .transparent : .white)
        let canvas: Image
        if image.hasAlpha || !fill.isOpaque || !plan.adjustments.isNone {
            let clear = image.hasAlpha ? try image.same() : try image.withOpaqueAlpha()
            // A byte a channel is enough: what little alpha leaves of a colour is seen as little.
            let mixed = image.hasAlpha ? try clear.premultiply(alphaMax: 255).castToByte() : try clear.same()
            let turned = try mixed.inMemory().turned(
                cosine: cosine, sine: sine, width: tilt.canvas.width, height: tilt.canvas.height,
                background: [Double](repeating: 0, count: clear.bands), premultiplied: true
            )
            canvas = try turned.unpremultiply(alphaMax: 255).castToByte().inMemory()
        } else {
            let coloured = try Pixels.showing(image, fill)
            canvas = try coloured.inMemory().turned(
                cosine: cosine, sine: sine, width: tilt.canvas.width, height: tilt.canvas.height,
                background: Pixels.channels(fill, of: coloured), premultiplied: false
            ).inMemory()
        }
        return try Pixels.resized(canvas, width: tilt.size.width, height: tilt.size.height)
    }

    func cutOut(_ image: borrowing Image) throws(VipsError) -> Image {
        guard let cut = plan.cut else { return try image.same() }
        return try image.extract(left: cut.left, top: cut.top, width: cut.width, height: cut.height)
    }

    /// What lies outside the outline becomes clear, or takes on the background's colour.
    func outlined(_ image: borrowing Image) throws(VipsError) -> Image {
        guard let outline = plan.outline else { return try image.same() }
        let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: plan.size.pixelCount, alignment: 64)
        defer { memory.deallocate() }
        OutlineMask(outline, size: plan.size).write(to: memory)
        let colour = plan.background ?? (plan.output.hasAlpha ? .transparent : .white)
        return try Pixels.outlined(image, UnsafeRawBufferPointer(memory), colour)
    }
}

extension Pixels {
    /// The picture where the mask is 255, a colour where it is 0.
    /// - Parameter mask: a byte a pixel.
    static func outlined(
        _ image: borrowing Image, _ mask: UnsafeRawBufferPointer, _ colour: Color
    ) throws(VipsError) -> Image {
        let coloured = try colour.alpha == 0 ? image.same() : showing(image, colour)
        let staysOpaque = colour.isOpaque && !image.hasAlpha
        let picture = staysOpaque || coloured.hasAlpha ? try coloured.same() : try coloured.withOpaqueAlpha()
        let edge = channels(colour, of: picture)
        let bytes = picture.isByte ? try picture.same() : try picture.castToByte()
        return try bytes.canvas(bands: bytes.bands) { (memory) throws(VipsError) in
            try bytes.write(to: memory)
            Cutout(edge: edge, hasAlpha: bytes.hasAlpha).apply(mask, to: memory)
        }
    }

    /// With colour channels, where there is only gray and the colour isn't.
    static func showing(_ image: borrowing Image, _ colour: Color) throws(VipsError) -> Image {
        let isGray = colour.red == colour.green && colour.green == colour.blue
        return image.bands < 3 && !isGray ? try image.toSRGB() : try image.same()
    }

    /// A colour as one number for each channel of an image that can show it.
    static func channels(_ colour: Color, of image: borrowing Image) -> [Double] {
        let colours = image.bands < 3 ? [colour.red] : [colour.red, colour.green, colour.blue]
        return colours.map(Double.init) + (image.hasAlpha ? [Double(colour.alpha)] : [])
    }
}
