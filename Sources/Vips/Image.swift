import CVips

/// One libvips image, owned: a picture, or the promise of one, since libvips computes pixels only when they are read.
///
/// It never outlives the job that made it: not stored, not sent to another thread, not held across an `await`.
package struct Image: ~Copyable {
    let pointer: UnsafeMutablePointer<VipsImage>

    /// Takes over one reference.
    init(_ pointer: UnsafeMutablePointer<VipsImage>) { self.pointer = pointer }

    deinit { anysize_image_unref(pointer) }

    /// Pixels across, before any orientation tag is applied.
    package var width: Int { Int(vips_image_get_width(pointer)) }
    /// Pixels down, of all pages together where there are several.
    package var height: Int { Int(vips_image_get_height(pointer)) }
    /// Channels, alpha included: 1 to 5 for what we load.
    package var bands: Int { Int(vips_image_get_bands(pointer)) }
    package var hasAlpha: Bool { vips_image_hasalpha(pointer) != 0 }
    /// Pages or frames in the file the image came from, whether loaded or not; at least 1.
    package var pageCount: Int { Int(vips_image_get_n_pages(pointer)) }
    /// EXIF orientation, 1 to 8; 1 where there is none.
    package var orientation: Int { Int(vips_image_get_orientation(pointer)) }
    package var isGray: Bool { vips_image_guess_interpretation(pointer) == VIPS_INTERPRETATION_B_W || isGray16 }
    /// Whether the channels are red, green and blue, alpha aside, in any number of bits.
    package var isRGB: Bool {
        let interpretation = vips_image_guess_interpretation(pointer)
        return interpretation == VIPS_INTERPRETATION_sRGB || interpretation == VIPS_INTERPRETATION_RGB
            || interpretation == VIPS_INTERPRETATION_RGB16
    }
    package var isCMYK: Bool { vips_image_guess_interpretation(pointer) == VIPS_INTERPRETATION_CMYK }
    /// Whether the pixels are sRGB or gray with a byte a channel already, profiles aside.
    package var isStandard: Bool {
        let interpretation = vips_image_get_interpretation(pointer)
        return isByte && (interpretation == VIPS_INTERPRETATION_sRGB || interpretation == VIPS_INTERPRETATION_B_W)
    }
    /// Whether a channel is one byte.
    package var isByte: Bool { vips_image_get_format(pointer) == VIPS_FORMAT_UCHAR }
    /// Whether a channel is two bytes.
    package var isShort: Bool { vips_image_get_format(pointer) == VIPS_FORMAT_USHORT }
    package var hasProfile: Bool { vips_image_get_typeof(pointer, VIPS_META_ICC_NAME) != 0 }

    private var isGray16: Bool { vips_image_guess_interpretation(pointer) == VIPS_INTERPRETATION_GREY16 }

    /// Stops pixel passes over this image, and over what is made from it, when the watch says so.
    package func watched(by watch: Watch) { watch.attach(to: self) }

    /// Lends the embedded ICC profile, if there is one.
    package func withProfile<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result? {
        withBlock(VIPS_META_ICC_NAME, body)
    }

    /// Gives the image a profile; it says what the pixels mean, and changes none.
    package func attach(profile: [UInt8]) {
        vips_image_set_blob_copy(pointer, VIPS_META_ICC_NAME, profile, profile.count)
    }

    /// Lends the block of EXIF, if there is one.
    package func withExif<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result? {
        withBlock(VIPS_META_EXIF_NAME, body)
    }

    /// Lends IPTC's records, if there are any: bare, or among Photoshop's resources.
    package func withIPTC<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result? {
        withBlock(VIPS_META_IPTC_NAME, body)
    }

    /// Lends the packet of XMP, if there is one.
    package func withXMP<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result? {
        withBlock(VIPS_META_XMP_NAME, body)
    }

    private func withBlock<Result>(_ name: String, _ body: (UnsafeRawBufferPointer) -> Result) -> Result? {
        var start: UnsafeRawPointer?
        var count = 0
        guard vips_image_get_typeof(pointer, name) != 0, vips_image_get_blob(pointer, name, &start, &count) == 0 else {
            return nil
        }
        return body(UnsafeRawBufferPointer(start: start, count: count))
    }

    /// Copies fields of metadata from another image.
    package func takeFields(from other: borrowing Image, where isTaken: (String) -> Bool) {
        for name in other.fields where isTaken(name) {
            var value = GValue()
            guard vips_image_get(other.pointer, name, &value) == 0 else { continue }
            vips_image_set(pointer, name, &value)
            g_value_unset(&value)
        }
    }

    /// Computes all pixels and returns them: bands interleaved, rows top to bottom, no padding.
    package func pixels() throws(VipsError) -> [UInt8] {
        ThreadMark.check()
        var count = 0
        guard let start = vips_image_write_to_memory(pointer, &count) else { throw .last(operation: "write_to_memory") }
        defer { g_free(start) }
        return [UInt8](UnsafeRawBufferPointer(start: start, count: count))
    }

    /// The names of all metadata fields.
    package var fields: [String] {
        guard let list = anysize_image_fields(pointer) else { return [] }
        defer { g_strfreev(list) }
        var names: [String] = []
        var index = 0
        while let name = list[index] {
            names.append(String(cString: name))
            index += 1
        }
        return names
    }
}
