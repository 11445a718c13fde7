import CVips

/// A libvips operation that failed.
///
/// Which operation failed is certain; the message is only a hint for logs, since libvips keeps one buffer of messages
/// for all threads and the text may belong to another one. So nothing matches on it.
package struct VipsError: Error, CustomStringConvertible {
    /// The nickname of the operation, `jpegload_buffer` for one.
    package let operation: String
    /// libvips' messages since they were last cleared, at most 1,000 characters.
    package let message: String

    package var description: String { "\(operation): \(message)" }

    package init(operation: String, message: String) {
        self.operation = operation
        self.message = message
    }

    /// Takes what the message buffer holds and clears it.
    static func last(operation: String) -> VipsError {
        let text = String(cString: vips_error_buffer())
        vips_error_clear()
        return VipsError(operation: operation, message: String(text.prefix(1000)))
    }
}
