import CVips

/// Pixels in and out, without a file around them.
extension Image {
    /// A picture on borrowed memory: one byte a channel, bands interleaved, rows top to bottom, no padding.
    /// - Parameters:
    ///   - pixels: must stay as they are for as long as this image and everything made from it.
    ///   - bands: 1 gray, 2 gray and alpha, 3 sRGB, 4 sRGB and alpha.
    package static func of(
        _ pixels: UnsafeRawBufferPointer, width: Int, height: Int, bands: Int
    ) throws(VipsError) -> Image {
        precondition((1...4).contains(bands) && pixels.count == width * height * bands, "pixels of another size")
        let interpretation = bands < 3 ? VIPS_INTERPRETATION_B_W : VIPS_INTERPRETATION_sRGB
        guard
            let pointer = anysize_image_borrow(
                pixels.baseAddress, pixels.count, Int32(width), Int32(height), Int32(bands), interpretation
            )
        else { throw .last(operation: "image_new_from_memory") }
        return Image(pointer)
    }

    /// Computes all pixels from top to bottom on the calling thread, and lends them some rows at a time.
    /// - Parameters:
    ///   - rowCount: rows at once, at most.
    ///   - body: gets the address of the first row, how many there are, and the bytes from one to the next; tells whether it
    ///     wants more.
    package func readRows<Failure: Error>(
        _ rowCount: Int, _ body: (UnsafeRawBufferPointer, _ count: Int, _ stride: Int) throws(Failure) -> Bool
    ) throws(Failure) -> VipsError? {
        ThreadMark.check()
        guard let region = vips_region_new(pointer) else { return .last(operation: "region_new") }
        defer { anysize_region_unref(region) }
        let rowBytes = width * bands * (isShort ? 2 : 1)
        var top = 0
        while top < height {
            let count = min(rowCount, height - top)
            var rect = VipsRect(left: 0, top: Int32(top), width: Int32(width), height: Int32(count))
            guard vips_region_prepare(region, &rect) == 0 else { return .last(operation: "region_prepare") }
            let stride = anysize_region_stride(region)
            let rows = UnsafeRawBufferPointer(
                start: anysize_region_address(region, 0, Int32(top)), count: (count - 1) * stride + rowBytes
            )
            guard try body(rows, count, stride) else { return nil }
            top += count
        }
        return nil
    }

    /// A picture in memory of its own, as large as this one and with its metadata.
    /// - Parameters:
    ///   - bands: 1 gray, 2 gray and alpha, 3 sRGB, 4 sRGB and alpha; one byte each.
    ///   - paint: writes all of its pixels: bands interleaved, rows without padding.
    package borrowing func canvas(
        bands: Int, _ paint: (UnsafeMutableRawBufferPointer) throws(VipsError) -> Void
    ) throws(VipsError) -> Image {
        ThreadMark.check()
        let interpretation = bands < 3 ? VIPS_INTERPRETATION_B_W : VIPS_INTERPRETATION_sRGB
        guard let pointer = anysize_image_canvas(self.pointer, Int32(bands), interpretation) else {
            throw .last(operation: "image_new_memory")
        }
        let image = Image(pointer)
        try paint(
            UnsafeMutableRawBufferPointer(start: anysize_image_address(pointer), count: width * height * bands))
        return image
    }

    /// This picture in memory, drawn on the calling thread alone: a drawing's texts need fonts that were loaded by the same thread.
    package borrowing func drawn() throws(VipsError) -> Image {
        try canvas(bands: bands) { (memory) throws(VipsError) in try write(to: memory) }
    }

    /// Computes all pixels into memory of the caller's: bands interleaved, rows without padding.
    /// - Parameter memory: exactly as many bytes as the pixels have.
    package func write(to memory: UnsafeMutableRawBufferPointer) throws(VipsError) {
        let rowBytes = width * bands
        precondition(isByte && memory.count == rowBytes * height, "memory of another size")
        var offset = 0
        let error = readRows(16) { rows, count, stride in
            for row in 0..<count {
                let source = UnsafeRawBufferPointer(rebasing: rows[row * stride..<row * stride + rowBytes])
                UnsafeMutableRawBufferPointer(rebasing: memory[offset..<offset + rowBytes]).copyMemory(from: source)
                offset += rowBytes
            }
            return true
        }
        if let error { throw error }
    }
}
