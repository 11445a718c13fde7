import CVips

/// The operations that renders are made of. Each returns a new image and leaves this one as it was.
extension Image {
    /// Cuts out a rectangle, in pixels of this image.
    package borrowing func extract(left: Int, top: Int, width: Int, height: Int) throws(VipsError) -> Image {
        let operation = Operation("extract_area")
        operation.set("input", self)
        operation.set("left", left)
        operation.set("top", top)
        operation.set("width", width)
        operation.set("height", height)
        return try operation.image()
    }

    /// Resamples to exactly that size with Lanczos 3 (cubic where it enlarges).
    package borrowing func resize(width: Int, height: Int) throws(VipsError) -> Image {
        let operation = Operation("resize")
        operation.set("in", self)
        operation.set("scale", Double(width) / Double(self.width))
        operation.set("vscale", Double(height) / Double(self.height))
        return try operation.image()
    }

    /// Turns clockwise by 0, 90, 180 or 270 degrees. Needs an image whose pixels are in memory.
    package borrowing func rotate(degrees: Int) throws(VipsError) -> Image {
        let operation = Operation("rot")
        operation.set("in", self)
        operation.set("angle", degrees / 90)
        return try operation.image()
    }

    /// Mirrors left to right.
    package borrowing func mirror() throws(VipsError) -> Image {
        let operation = Operation("flip")
        operation.set("in", self)
        operation.set("direction", Int(VIPS_DIRECTION_HORIZONTAL.rawValue))
        return try operation.image()
    }

    /// Multiplies colours by alpha, as resampling needs; the result is float.
    package borrowing func premultiply(alphaMax: Double) throws(VipsError) -> Image {
        let operation = Operation("premultiply")
        operation.set("in", self)
        operation.set("max_alpha", alphaMax)
        return try operation.image()
    }

    /// Undoes ``premultiply(alphaMax:)``; still float.
    package borrowing func unpremultiply(alphaMax: Double) throws(VipsError) -> Image {
        let operation = Operation("unpremultiply")
        operation.set("in", self)
        operation.set("max_alpha", alphaMax)
        return try operation.image()
    }

    /// Rounds and clips channels to one byte.
    package borrowing func castToByte() throws(VipsError) -> Image { try cast(VIPS_FORMAT_UCHAR, shift: false) }

    /// Rounds and clips channels to two bytes.
    package borrowing func castToShort() throws(VipsError) -> Image { try cast(VIPS_FORMAT_USHORT, shift: false) }

    /// Brings two-byte channels down to one byte by dropping the low bits.
    package borrowing func shiftToByte() throws(VipsError) -> Image { try cast(VIPS_FORMAT_UCHAR, shift: true) }

    private borrowing func cast(_ format: VipsBandFormat, shift: Bool) throws(VipsError) -> Image {
        let operation = Operation("cast")
        operation.set("in", self)
        operation.set("format", Int(format.rawValue))
        operation.set("shift", shift)
        return try operation.image()
    }

    /// Puts the picture on a colour, and drops the alpha channel.
    /// - Parameter background: one number, or one a colour channel, 0 to 255.
    package borrowing func flatten(background: [Double]) throws(VipsError) -> Image {
        let operation = Operation("flatten")
        operation.set("in", self)
        operation.set("background", background)
        return try operation.image()
    }

    /// Puts a picture with alpha on a translucent colour.
    /// - Parameter background: red, green, blue and alpha, 0 to 255.
    package borrowing func over(_ background: [Double]) throws(VipsError) -> Image {
        let constant = Operation("linear")
        constant.set("in", self)
        constant.set("a", [0, 0, 0, 0])
        constant.set("b", background)
        constant.set("uchar", true)
        let operation = Operation("composite2")
        operation.set("base", try constant.image())
        operation.set("overlay", self)
        operation.set("mode", Int(VIPS_BLEND_MODE_OVER.rawValue))
        let composed = try operation.image()
        return try composed.castToByte()
    }

    /// Puts the picture on a larger canvas.
    /// - Parameter background: one number a channel, alpha included, 0 to 255.
    package borrowing func embed(
        left: Int, top: Int, width: Int, height: Int, background: [Double]
    ) throws(VipsError) -> Image {
        let operation = Operation("embed")
        operation.set("in", self)
        operation.set("x", left)
        operation.set("y", top)
        operation.set("width", width)
        operation.set("height", height)
        operation.set("extend", Int(VIPS_EXTEND_BACKGROUND.rawValue))
        operation.set("background", background)
        return try operation.image()
    }

    /// Converts to sRGB with one byte a channel, by what libvips knows of the pixels; embedded profiles play no part.
    package borrowing func toSRGB() throws(VipsError) -> Image { try colourspace(VIPS_INTERPRETATION_sRGB) }

    /// Converts to one gray channel of a byte (and alpha, if there is one).
    package borrowing func toGray() throws(VipsError) -> Image { try colourspace(VIPS_INTERPRETATION_B_W) }

    private borrowing func colourspace(_ space: VipsInterpretation) throws(VipsError) -> Image {
        let operation = Operation("colourspace")
        operation.set("in", self)
        operation.set("space", Int(space.rawValue))
        return try operation.image()
    }

    /// Converts to sRGB with one byte a channel through the embedded profile. The image must have no alpha channel:
    /// 8.14.1 crashes on some pictures that do.
    /// - Parameter fallback: libvips' built-in profile for pictures that embed none or a broken one: `cmyk` or `srgb`.
    package borrowing func profileToSRGB(fallback: String) throws(VipsError) -> Image {
        let operation = Operation("icc_transform")
        operation.set("in", self)
        operation.set("output_profile", "srgb")
        operation.set("embedded", true)
        operation.set("input_profile", fallback)
        operation.set("intent", Int(VIPS_INTENT_RELATIVE.rawValue))
        operation.set("black_point_compensation", true)
        operation.set("depth", 8)
        return try operation.image()
    }

    /// The channels from `first` on.
    package borrowing func extractBands(from first: Int, count: Int) throws(VipsError) -> Image {
        let operation = Operation("extract_band")
        operation.set("in", self)
        operation.set("band", first)
        operation.set("n", count)
        return try operation.image()
    }

    /// This image's channels followed by the other's.
    package borrowing func joined(with other: borrowing Image) throws(VipsError) -> Image {
        let operation = Operation("bandjoin")
        operation.set("in", self, other)
        return try operation.image()
    }

    /// An opaque alpha channel at the end.
    package borrowing func withOpaqueAlpha() throws(VipsError) -> Image {
        let operation = Operation("bandjoin_const")
        operation.set("in", self)
        operation.set("c", [255.0])
        return try operation.image()
    }

    /// The part of that size that libvips finds most interesting. Needs an image whose pixels are in memory.
    /// - Parameter entropy: by entropy of the histogram, instead of by attention (skin, edges, saturation).
    package borrowing func smartCrop(width: Int, height: Int, entropy: Bool) throws(VipsError) -> Image {
        let operation = Operation("smartcrop")
        operation.set("input", self)
        operation.set("width", width)
        operation.set("height", height)
        let interesting = entropy ? VIPS_INTERESTING_ENTROPY : VIPS_INTERESTING_ATTENTION
        operation.set("interesting", Int(interesting.rawValue))
        return try operation.image()
    }

    /// Another reference to the same image, for steps that have nothing to do.
    package borrowing func same() throws(VipsError) -> Image {
        g_object_ref(pointer)
        return Image(pointer)
    }

    /// Computes all pixels and throws them away: fails where one can't be read.
    package borrowing func readAll() throws(VipsError) {
        let operation = Operation("avg")
        operation.set("in", self)
        try operation.run()
    }

    /// Computes all pixels now and keeps them in memory: this is where decoding and resampling happen.
    package borrowing func inMemory() throws(VipsError) -> Image {
        ThreadMark.check()
        guard let image = vips_image_copy_memory(pointer) else { throw .last(operation: "copy_memory") }
        return Image(image)
    }

    /// The same pixels with only those metadata fields that `keep` accepts.
    package borrowing func keepingFields(where keep: (String) -> Bool) throws(VipsError) -> Image {
        let copy = try Operation.copy(of: self)
        // Fields that describe pixels, not the photograph, have no names of metadata and are never listed as removable.
        for name in copy.fields where Image.isMetadata(name) && !keep(name) {
            vips_image_remove(copy.pointer, name)
        }
        return copy
    }

    /// Whether a field holds what a camera or an editor wrote, as opposed to what libvips needs to know of the pixels.
    private static func isMetadata(_ name: String) -> Bool {
        for prefix in [
            "exif-", "xmp-", "iptc-", "icc-", "photoshop-", "png-comment-", "jpeg-thumbnail-", "gif-comment",
        ]
        where name.hasPrefix(prefix) { return true }
        return name == VIPS_META_ORIENTATION
    }
}

extension Operation {
    fileprivate static func copy(of image: borrowing Image) throws(VipsError) -> Image {
        let operation = Operation("copy")
        operation.set("in", image)
        return try operation.image()
    }
}
