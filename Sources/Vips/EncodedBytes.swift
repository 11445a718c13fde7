import CVips

/// What an encoder wrote, in memory that libvips allocated; freed once, here.
package struct EncodedBytes: ~Copyable {
    private let blob: UnsafeMutablePointer<VipsBlob>

    init(_ blob: UnsafeMutablePointer<VipsBlob>) { self.blob = blob }

    deinit { anysize_blob_unref(blob) }

    /// Lends the bytes for the length of the call.
    package func withBytes<Result, Failure: Error>(
        _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        var count = 0
        let start = vips_blob_get(blob, &count)
        return try body(UnsafeRawBufferPointer(start: start, count: count))
    }
}
