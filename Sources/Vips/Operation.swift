import CVips

/// One libvips operation, by its nickname: arguments are set by name, then it runs once.
///
/// A name or type that libvips doesn't know is a programmer's error and traps with the operation's name; what the
/// operation itself refuses is thrown.
struct Operation: ~Copyable {
    private let name: String
    private let pointer: UnsafeMutablePointer<VipsOperation>

    init(_ name: String) {
        ThreadMark.check()
        guard let pointer = anysize_operation_new(name) else {
            preconditionFailure("libvips has no operation \(name)")
        }
        self.name = name
        self.pointer = pointer
    }

    deinit { anysize_operation_unref(pointer) }

    func set(_ argument: String, _ number: Double) {
        let result = anysize_set_number(pointer, argument, number)
        precondition(result == 0, "\(name) takes no number \(argument)")
    }

    func set(_ argument: String, _ number: Int) { set(argument, Double(number)) }

    func set(_ argument: String, _ truth: Bool) { set(argument, truth ? 1.0 : 0.0) }

    func set(_ argument: String, _ string: String) {
        let result = anysize_set_string(pointer, argument, string)
        precondition(result == 0, "\(name) takes no string \(argument)")
    }

    func set(_ argument: String, _ numbers: [Double]) {
        let result = anysize_set_doubles(pointer, argument, numbers, Int32(numbers.count))
        precondition(result == 0, "\(name) takes no numbers \(argument)")
    }

    func set(_ argument: String, _ numbers: [Int]) {
        let result = anysize_set_ints(pointer, argument, numbers.map { Int32($0) }, Int32(numbers.count))
        precondition(result == 0, "\(name) takes no whole numbers \(argument)")
    }

    /// - Parameter interpolator: its nickname: `nearest`, `bilinear`, `bicubic` …
    func set(_ argument: String, interpolator: String) {
        let result = anysize_set_interpolator(pointer, argument, interpolator)
        precondition(result == 0, "\(name) takes no interpolator \(argument), or there is no \(interpolator)")
    }

    func set(_ argument: String, _ image: borrowing Image) {
        let result = anysize_set_image(pointer, argument, image.pointer)
        precondition(result == 0, "\(name) takes no image \(argument)")
    }

    func set(_ argument: String, _ first: borrowing Image, _ second: borrowing Image) {
        set(argument, [first.pointer, second.pointer])
    }

    /// Images; the operation takes references of its own.
    func set(_ argument: String, _ images: [UnsafeMutablePointer<VipsImage>?]) {
        var images = images
        let result = anysize_set_images(pointer, argument, &images, Int32(images.count))
        precondition(result == 0, "\(name) takes no images \(argument)")
    }

    /// Lends the operation bytes that must stay valid until the last pixel of its output has been read.
    func set(_ argument: String, _ bytes: UnsafeRawBufferPointer) {
        let result = anysize_set_bytes(pointer, argument, bytes.baseAddress, bytes.count)
        precondition(result == 0, "\(name) takes no bytes \(argument)")
    }

    func run() throws(VipsError) {
        guard anysize_operation_build(pointer) == 0 else { throw .last(operation: name) }
    }

    /// Runs, and returns the output image.
    consuming func image(_ output: String = "out") throws(VipsError) -> Image {
        try run()
        guard let image = anysize_get_image(pointer, output) else { throw .last(operation: name) }
        return Image(image)
    }

    /// Runs a saver, and returns what it wrote.
    consuming func encoded() throws(VipsError) -> EncodedBytes {
        try run()
        guard let blob = anysize_get_blob(pointer, "buffer") else { throw .last(operation: name) }
        return EncodedBytes(blob)
    }
}
