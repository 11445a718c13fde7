import AnysizeCore
import HTTPTypes
import Hummingbird
import NIOCore

/// The bytes of an upload as they come: the body itself, or the one `file` part of a form.
struct UploadBody: AsyncSequence, Sendable {
    typealias Element = ByteBuffer

    /// What `Content-Length` says; for a form that is a little more than the file has. Nil for a chunked body.
    let declaredByteCount: Int?

    private let body: RequestBody
    private let boundary: String?
    private let byteCountMax: Int

    /// What a form may have around its file, in bytes: headers, boundaries and small fields.
    private static let formOverheadByteCountMax = 64 * 1024

    /// - Parameter byteCountMax: bytes that the file may have.
    init(_ request: Request, byteCountMax: Int) throws(Problem) {
        self.byteCountMax = byteCountMax
        guard request.headers[.contentRange] == nil else {
            throw Problem(
                .badRequest, "bad-request", "Bad request",
                detail: "Originals are uploaded whole, without Content-Range.",
                parameter: "Content-Range"
            )
        }
        if let coding = request.headers[.contentEncoding], coding.lowercased() != "identity" {
            throw Problem(
                .unsupportedMediaType, "unsupported-encoding", "Unsupported encoding",
                detail: "Uploads are sent as they are, without Content-Encoding.", parameter: "Content-Encoding"
            )
        }
        body = request.body
        let type = request.headers[.contentType] ?? ""
        let isForm = type.lowercased().hasPrefix("multipart/")
        boundary = isForm ? MultipartReader.boundary(fromContentType: type) : nil
        if isForm, boundary == nil {
            throw Problem(
                .badRequest, "bad-request", "Bad request",
                detail: "A form is multipart/form-data with a boundary.", parameter: "Content-Type"
            )
        }
        let length = request.headers[.contentLength].flatMap { Int($0) }
        declaredByteCount = isForm ? length.map { Swift.max(0, $0 - Self.formOverheadByteCountMax) } : length
    }

    func makeAsyncIterator() -> Iterator {
        Iterator(body: body, boundary: boundary, byteCountMax: byteCountMax)
    }

    struct Iterator: AsyncIteratorProtocol {
        private let body: RequestBody
        private let boundary: String?
        private var source: RequestBody.AsyncIterator?
        private var form: FormFile?
        private let byteCountMax: Int
        private var byteCount = 0

        init(body: RequestBody, boundary: String?, byteCountMax: Int) {
            self.body = body
            self.boundary = boundary
            self.byteCountMax = byteCountMax
        }

        @concurrent mutating func next() async throws -> ByteBuffer? {
            if source == nil {
                // A client that asked whether to go on is told so now: everything that could refuse it has had its say.
                Connection.current?.continueBody()
                source = body.makeAsyncIterator()
                form = try boundary.map { try FormFile(boundary: $0) }
            }
            while true {
                if let bytes = try form?.next() { return bytes }
                guard let chunk = try await chunk() else {
                    try form?.end()
                    return nil
                }
                guard form != nil else { return chunk }
                // Parts that nobody asks for are read over, but not for ever.
                byteCount += chunk.readableBytes
                guard byteCount <= byteCountMax + UploadBody.formOverheadByteCountMax else {
                    throw AnysizeError.tooManyBytes(max: byteCountMax)
                }
                form?.append(chunk)
            }
        }

        /// The connection's next bytes. When they end early, whatever the reason, nobody is left to be answered: a client
        /// that left, broke HTTP or was too slow has had its answer from the connection.
        @concurrent private mutating func chunk() async throws(AnysizeError) -> ByteBuffer? {
            do { return try await source?.next() } catch { throw .callerGone }
        }
    }
}

/// The one part named `file` of a form; other parts are read over.
private struct FormFile {
    private var reader: MultipartReader
    private var isInFile = false
    private var fileCount = 0

    init(boundary: String) throws(AnysizeError) {
        do throws(MultipartError) { reader = try MultipartReader(boundary: boundary) } catch { throw Self.bad(error) }
    }

    mutating func append(_ chunk: ByteBuffer) { reader.append(chunk) }

    /// The file's next bytes; nil where more input is needed.
    mutating func next() throws(AnysizeError) -> ByteBuffer? {
        do throws(MultipartError) {
            while let event = try reader.next() {
                switch event {
                case .partBegan(let name, _, _):
                    isInFile = name == "file"
                    if isInFile { fileCount += 1 }
                    guard fileCount <= 1 else {
                        throw MultipartError.malformed(reason: "More than one part is named file.")
                    }
                case .data(let bytes): if isInFile { return bytes }
                case .partEnded: isInFile = false
                case .finished: break
                }
            }
            return nil
        } catch { throw Self.bad(error) }
    }

    mutating func end() throws(AnysizeError) {
        do throws(MultipartError) { try reader.end() } catch { throw Self.bad(error) }
        guard fileCount == 1 else {
            throw .badRequest(parameter: "file", detail: "The form has no part named file.")
        }
    }

    private static func bad(_ error: MultipartError) -> AnysizeError {
        let reason =
            switch error {
            case .malformed(let reason): reason
            case .tooManyParts: "The form has too many parts."
            case .headerTooLarge: "The header of a part is too large."
            case .truncated: "The form ends before its last boundary."
            }
        return .badRequest(parameter: "file", detail: reason)
    }
}
