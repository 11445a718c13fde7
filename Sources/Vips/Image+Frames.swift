import CVips

/// Animations: all frames of one stand below one another in one image, with their times beside it.
extension Image {
    /// Pixels down of one frame: the image's height where it is a still.
    package var frameHeight: Int { Int(vips_image_get_page_height(pointer)) }

    /// Cuts out one frame, as a still.
    package borrowing func frame(_ index: Int) throws(VipsError) -> Image {
        let frame = try extract(left: 0, top: index * frameHeight, width: width, height: frameHeight)
        // Savers would cut an image that grows to a multiple of it into frames again.
        vips_image_remove(frame.pointer, VIPS_META_PAGE_HEIGHT)
        return frame
    }

    /// How long each frame is shown, in milliseconds; empty where nothing is said of it.
    package var frameTimes: [Int] {
        var times: UnsafeMutablePointer<Int32>?
        var count: Int32 = 0
        guard vips_image_get_typeof(pointer, "delay") != 0,
            vips_image_get_array_int(pointer, "delay", &times, &count) == 0
        else { return [] }
        return UnsafeMutableBufferPointer(start: times, count: Int(count)).map { Int($0) }
    }

    /// How often the frames are shown; 0 for without end, nil where nothing is said of it.
    package var loopCount: Int? {
        var count: Int32 = 0
        guard vips_image_get_typeof(pointer, "loop") != 0, vips_image_get_int(pointer, "loop", &count) == 0 else {
            return nil
        }
        return Int(count)
    }

    /// Makes this image an animation whose frames are shown as another one's.
    /// - Parameter frameHeight: pixels down of one frame.
    package borrowing func setFrames(height frameHeight: Int, timedAs animation: borrowing Image) {
        vips_image_set_int(pointer, VIPS_META_PAGE_HEIGHT, Int32(frameHeight))
        let times = animation.frameTimes.map { Int32($0) }
        if !times.isEmpty { vips_image_set_array_int(pointer, "delay", times, Int32(times.count)) }
        if let count = animation.loopCount { vips_image_set_int(pointer, "loop", Int32(count)) }
    }

    /// Where this image was cut out of another one, by ``smartCrop(width:height:entropy:)`` for one.
    package var cutOrigin: (left: Int, top: Int) {
        (-Int(vips_image_get_xoffset(pointer)), -Int(vips_image_get_yoffset(pointer)))
    }
}

/// Images that are to stand below one another; their owner until they are dropped with it.
package struct ImageColumn: ~Copyable {
    private var pointers: [UnsafeMutablePointer<VipsImage>?] = []

    package init() {}

    deinit { for case let pointer? in pointers { anysize_image_unref(pointer) } }

    /// Puts an image below the others; it must have the first one's size.
    package mutating func append(_ image: borrowing Image) {
        g_object_ref(image.pointer)
        pointers.append(image.pointer)
    }

    /// All of them as one image, with the first one's metadata.
    package func joined() throws(VipsError) -> Image {
        let operation = Operation("arrayjoin")
        operation.set("in", pointers)
        operation.set("across", 1)
        return try operation.image()
    }
}
