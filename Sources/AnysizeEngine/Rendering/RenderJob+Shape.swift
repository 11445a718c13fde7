import AnysizeCore
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
        let mask = try Image.of(
            UnsafeRawBufferPointer(memory), width: plan.size.width, height: plan.size.height, bands: 1)
        let colour = plan.background ?? (plan.output.hasAlpha ? .transparent : .white)
        // Computed here, since the mask's memory goes with this function.
        return try Pixels.outlined(image, mask, colour).inMemory()
    }
}

extension Pixels {
    /// The picture where the mask is white, a colour where it is black.
    static func outlined(
        _ image: borrowing Image, _ mask: borrowing Image, _ colour: Color
    ) throws(VipsError) -> Image {
        if colour.isOpaque, !image.hasAlpha {
            let coloured = try showing(image, colour)
            return try coloured.masked(by: mask, colour: channels(colour, of: coloured))
        }
        let coloured = try colour.alpha == 0 ? image.same() : showing(image, colour)
        let clear = coloured.hasAlpha ? try coloured.same() : try coloured.withOpaqueAlpha()
        let last = clear.bands - 1
        if colour.alpha == 0 {
            let alpha = try clear.extractBands(from: last, count: 1).scaled(by: mask)
            return try clear.extractBands(from: 0, count: last).joined(with: alpha)
        }
        // Colours multiplied by alpha are what can be blended.
        let share = Double(colour.alpha) / 255
        var edge = channels(colour, of: clear)
        for index in 0..<last { edge[index] *= share }
        let blended = try clear.premultiply(alphaMax: 255).masked(by: mask, colour: edge)
        return try blended.unpremultiply(alphaMax: 255).castToByte()
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
