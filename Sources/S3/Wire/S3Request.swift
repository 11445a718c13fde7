import NIOCore
import NIOHTTP1

/// What is asked of the server, as metrics and errors call it.
package enum S3Operation: String, CaseIterable, Hashable, Sendable {
    case put, get, head, delete, list
    case headBucket = "head-bucket"
    case createUpload = "create-upload"
    case uploadPart = "upload-part"
    case completeUpload = "complete-upload"
    case abortUpload = "abort-upload"
    case listUploads = "list-uploads"

    var method: HTTPMethod {
        switch self {
        case .put, .uploadPart: .PUT
        case .get, .list, .listUploads: .GET
        case .head, .headBucket: .HEAD
        case .delete, .abortUpload: .DELETE
        case .createUpload, .completeUpload: .POST
        }
    }
}

/// One request, before it has an address, a time and a signature.
struct S3Request: Sendable {
    let operation: S3Operation
    /// Nil for the bucket itself.
    var key: String?
    var query: [(String, String)] = []
    var headers = HTTPHeaders()
    var body = S3Body.none
    /// Longest body of an answer that is taken; that of an error has a bound of its own.
    var answerByteCountMax = 0
    /// Whether an answer's body is wanted at all, told from its headers.
    var wantsBody: @Sendable (HTTPHeaders) -> Bool = { _ in true }
}

/// An answer that says yes.
struct S3Answer: Sendable {
    var status: Int
    var headers: HTTPHeaders
    /// Whole, unless it wasn't wanted.
    var body: ByteBuffer
}
