import AnysizeCore
import Resampling
import Vips

/// Colours and details of the few pixels in memory, changed in one new picture.
extension RenderJob {
    /// - Returns: the picture itself where nothing is asked for.
    func adjust(_ image: borrowing Image) throws(VipsError) -> Image {
        guard !plan.adjustments.isNone else { return try image.same() }
        guard image.isByte, let channels = PictureShape.Channels(rawValue: image.bands) else {
            throw VipsError(operation: "adjust", message: "pixels of another kind")
        }
        let pass = ColourPass(plan.adjustments.colourChange, of: channels)
        let (width, height) = (image.width, image.height)
        return try image.canvas(bands: pass.target.rawValue) { (memory) throws(VipsError) in
            if plan.adjustments.changesColours {
                try change(image, pass, into: memory)
            } else {
                try image.write(to: memory)
            }
            let picture = PixelRows(memory, width: width, height: height, channels: pass.target)
            guard changeDetails(of: picture) else { throw Self.stopped }
        }
    }

    /// Whatever the watch's reason was, which is asked where this is caught.
    private static let stopped = VipsError(operation: "adjust", message: "stopped")

    private func change(
        _ image: borrowing Image, _ pass: ColourPass, into memory: UnsafeMutableRawBufferPointer
    ) throws(VipsError) {
        let width = image.width
        var target = memory.baseAddress!.assumingMemoryBound(to: UInt8.self)
        let watch = watch
        let error = try image.readRows(16) { (rows, count, stride) throws(VipsError) in
            guard watch.reason == .none else { throw Self.stopped }
            for row in 0..<count {
                let samples = (rows.baseAddress! + row * stride).assumingMemoryBound(to: UInt8.self)
                pass.apply(samples, width: width, into: target)
                target += width * pass.target.rawValue
            }
            return true
        }
        if let error { throw error }
    }

    /// - Returns: whether it came to its end.
    private func changeDetails(of picture: PixelRows) -> Bool {
        let adjustments = plan.adjustments
        let watch = watch
        var turn = 0
        // The clock is read at one of sixteen rows.
        let goesOn = {
            turn += 1
            return turn % 16 != 1 || watch.reason == .none
        }
        if adjustments.blur > 0, !Blur.run(picture, sigma: adjustments.blur, while: goesOn) { return false }
        if adjustments.sharpen > 0,
            !Sharpening.run(picture, amount: adjustments.sharpenAmount, while: goesOn)
        {
            return false
        }
        if adjustments.pixelate > 0, !Pixelation.run(picture, block: adjustments.pixelate, while: goesOn) {
            return false
        }
        return true
    }
}

extension Adjustments {
    /// The parts about colours, in numbers for pixels.
    fileprivate var colourChange: ColourChange {
        var change = ColourChange()
        change.brightness = 1 + Double(brightness) / 100
        change.contrast = 1 + Double(contrast) / 100
        change.saturation = 1 + Double(saturation) / 100
        change.hueDegrees = Double(hue)
        change.gamma = gamma
        change.isGrayscale = isGrayscale
        change.tint = tint.map {
            ColourChange.Tint(red: $0.red, green: $0.green, blue: $0.blue, strength: Double($0.alpha) / 255)
        }
        change.isInverted = isInverted
        return change
    }

    /// How often the difference from the surroundings is added: 2 at 100.
    fileprivate var sharpenAmount: Double { Double(sharpen) / 50 }
}
