/// Why there is no render, or no level.
package enum RenderError: Error, Sendable, Codable {
    /// The bytes are not an image of a format on the list.
    case unsupportedFormat
    /// The bytes are of a format that is read only where a setting says so, and it doesn't.
    case formatIsOff(ImageFormat)
    /// The bytes can't be decoded whole. The reason is in our words and may be told; the cause is for logs.
    case undecodable(reason: String, cause: String)
    case beyondLimit(name: String, actual: Int, max: Int)
    /// Decoding the bytes ended the process that did it, or took more time or memory than any original may. It would again.
    case fatal(reason: FailureReason, cause: String)
    /// No quality makes the result as small as was asked for; the smallest that was reached.
    case resultTooLarge(byteCount: Int, max: Int)
    case cancelled
    case deadlinePassed
    /// Nobody was there to do it; the bytes have no part in that.
    case unavailable(cause: String)
    /// The encoder refused, or a step that doesn't depend on the original's bytes did: our own fault.
    case failed(cause: String)
}

/// How decoding an original can go wrong so badly that it isn't tried again soon.
package enum FailureReason: String, Hashable, Sendable, Codable, CaseIterable {
    case crashed
    case timedOut = "timed-out"
    case outOfMemory = "out-of-memory"
    /// The bytes are refused now, although they are stored: they came past the upload, or before a stricter rule.
    case undecodable

    /// For the caller.
    package var sentence: String {
        switch self {
        case .crashed: "The image makes its decoder fail."
        case .timedOut: "The image takes more processor time than is allowed."
        case .outOfMemory: "The image takes too much memory to decode."
        case .undecodable: "The image is damaged or incomplete."
        }
    }
}

extension AnysizeError {
    package init(_ error: RenderError) {
        self =
            switch error {
            case .unsupportedFormat: .unsupportedFormat
            case .formatIsOff(let format): .formatIsOff(format)
            case .undecodable(let reason, _): .undecodable(reason: reason)
            case .beyondLimit(let name, let actual, let max): .beyondLimit(name: name, actual: actual, max: max)
            case .resultTooLarge(let byteCount, let max): .resultTooLarge(byteCount: byteCount, max: max)
            case .fatal(let reason, _): .undecodable(reason: reason.sentence)
            case .cancelled: .callerGone
            case .deadlinePassed: .deadlinePassed
            case .unavailable: .overloaded(retryAfterSeconds: 1)
            case .failed(let cause): .defect(cause: cause)
            }
    }
}
