/// Why a multipart body can't be read. The sender's fault in every case.
package enum MultipartError: Error, Equatable, Sendable {
    /// The body breaks the grammar; `reason` says where, for the log and the sender. It quotes nothing from the body.
    case malformed(reason: String)

    /// There are more than `MultipartReader.partCountMax` parts.
    case tooManyParts

    /// The header block of a part is longer than `MultipartReader.headerByteCountMax`.
    case headerTooLarge

    /// The body ended before its closing delimiter.
    case truncated
}
