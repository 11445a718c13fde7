package import NIOCore

/// Reads a `multipart/form-data` body piece by piece, without I/O and without keeping the parts.
///
/// Append each chunk as it arrives, then take events until there are none; at the end of the body call `end()`. How the
/// body is split into chunks makes no difference except to how the data is split. What is held back between chunks is
/// at most a delimiter or one header block, whatever is sent.
///
///     var reader = try MultipartReader(boundary: boundary)
///     for try await chunk in body {
///         reader.append(chunk)
///         while let event = try reader.next() { ... }
///     }
///     try reader.end()
///
/// The grammar is RFC 2046 section 5.1.1 with the names of RFC 7578. Strict where leniency would let two readers
/// disagree: lines end in CRLF, headers aren't folded, and a line that starts like a delimiter is one only if `--`,
/// or blanks and CRLF, follow; otherwise it is data, whether or not the boundary is the beginning of another one.
/// Parts aren't decoded (RFC 7578 section 4.7 does away with transfer encodings) and a part that is itself multipart
/// is just data.
package struct MultipartReader: Sendable {
    /// What was read; a body is any number of `partBegan`, `data`..., `partEnded`, and then `finished`.
    package enum Event: Equatable, Sendable {
        /// A part's headers. Each is nil if the part doesn't say; nothing here has been checked for anything but its
        /// syntax. `fileName` is for showing to people and mustn't become a path.
        case partBegan(name: String?, fileName: String?, contentType: String?)

        /// The next bytes of the part, at least one; shares its storage with the chunk they came in.
        case data(ByteBuffer)

        /// The part is complete.
        case partEnded

        /// The closing delimiter was read; whatever follows is ignored.
        case finished
    }

    /// The most parts of a body. A form for an upload has two or three fields.
    package static let partCountMax = 16

    /// The most bytes of a part's header block. Browsers send some 200, and a long file name a few hundred more.
    package static let headerByteCountMax = 8_192

    /// The most bytes before the first delimiter. By the RFC it is a remark to people, in practice it is empty.
    package static let preambleByteCountMax = 8_192

    /// The most characters of a boundary (RFC 2046 section 5.1.1).
    package static let boundaryByteCountMax = 70

    /// The most blanks after a boundary. Transports may add some, says the RFC; none that we know of does.
    private static let paddingByteCountMax = 16

    private enum State {
        /// Before the first delimiter.
        case preamble
        /// In front of the line end of a delimiter; a header block follows.
        case header
        /// In front of the empty line that ends a header block.
        case bodyStart
        case body
        /// In front of a delimiter line that has been recognised as such.
        case delimiter(DelimiterLine)
        /// After the closing delimiter.
        case finished
        case failed(MultipartError)
    }

    private var state = State.preamble
    private var search: DelimiterSearch
    private var partCount = 0
    private var preambleByteCount = 0

    /// What has been appended and not yet been made into events.
    private var buffer: ByteBuffer

    /// How many bytes of an unfinished header block are known to have no end in them.
    private var headerScannedByteCount = 0

    /// A reader at the beginning of a body.
    ///
    /// - Parameter boundary: As in the Content-Type header, without leading hyphens; see `boundary(fromContentType:)`.
    /// - Throws: `malformed` unless it is 1 to 70 of the characters that the RFC allows, the last not a space.
    package init(boundary: String) throws(MultipartError) {
        guard MultipartHeader.isBoundary(boundary) else {
            throw .malformed(reason: "The boundary isn't a valid one.")
        }
        self.search = DelimiterSearch(boundary: boundary, paddingByteCountMax: Self.paddingByteCountMax)
        // A delimiter includes the line end before it. The first one may open the body, so a line end is put there.
        self.buffer = ByteBuffer(string: "\r\n")
    }

    /// The boundary in a Content-Type header field, or nil if that isn't `multipart/form-data` with a valid one.
    ///
    /// Type and parameter name in any case, the boundary as a token or a quoted string; two boundaries are none.
    package static func boundary(fromContentType contentType: String) -> String? {
        guard let header = MultipartHeader.value(contentType), header.value == "multipart/form-data" else { return nil }
        let boundaries = header.parameters.filter { $0.name == "boundary" }
        guard boundaries.count == 1, MultipartHeader.isBoundary(boundaries[0].value) else { return nil }
        return boundaries[0].value
    }

    /// Adds the next bytes of the body, of which there may be none.
    ///
    /// Bytes are taken over without copying whenever nothing is held back. Take all events before appending more, or
    /// the chunks are joined here.
    package mutating func append(_ chunk: ByteBuffer) {
        switch state {
        case .finished, .failed: return
        default: break
        }
        if buffer.readableBytes == 0 {
            buffer = chunk
        } else {
            buffer.writeImmutableBuffer(chunk)
        }
    }

    /// The next event, or nil until more is appended.
    ///
    /// - Throws: Any `MultipartError` but `truncated`. The reader is then of no more use and throws the same again.
    package mutating func next() throws(MultipartError) -> Event? {
        do {
            guard let event = try step() else {
                holdBackRest()
                return nil
            }
            return event
        } catch {
            state = .failed(error)
            buffer.clear()
            throw error
        }
    }

    /// Says that nothing more will be appended; all events must have been taken.
    ///
    /// - Throws: `truncated` if the closing delimiter is missing, or the error that `next()` threw.
    package mutating func end() throws(MultipartError) {
        switch state {
        case .finished: return
        case .failed(let error): throw error
        default: throw .truncated
        }
    }

    // MARK: - Steps

    private mutating func step() throws(MultipartError) -> Event? {
        while true {
            switch state {
            case .preamble:
                guard try skipPreamble() else { return nil }
            case .header:
                return try readHeader()
            case .bodyStart:
                guard startBody() else { return nil }
            case .body:
                return readBody()
            case .delimiter(let line):
                if let event = try passDelimiter(line) { return event }
            case .finished:
                return nil
            case .failed(let error):
                throw error
            }
        }
    }

    /// Drops bytes up to the first delimiter. False if it isn't there yet.
    private mutating func skipPreamble() throws(MultipartError) -> Bool {
        let found = search.find(in: buffer)
        preambleByteCount += found.dataByteCount
        // Not counting the line end put in front.
        guard preambleByteCount <= Self.preambleByteCountMax + 2 else {
            throw .malformed(reason: "The first delimiter is missing.")
        }
        buffer.moveReaderIndex(forwardBy: found.dataByteCount)
        guard let line = found.line else { return false }
        state = .delimiter(line)
        return true
    }

    /// Passes a delimiter line, up to the line end that the header search needs to see.
    private mutating func passDelimiter(_ line: DelimiterLine) throws(MultipartError) -> Event? {
        buffer.moveReaderIndex(forwardBy: line.byteCount)
        guard !line.isClosing else {
            state = .finished
            buffer.clear()
            return .finished
        }
        partCount += 1
        guard partCount <= Self.partCountMax else { throw .tooManyParts }
        state = .header
        headerScannedByteCount = 0
        return nil
    }

    /// Reads a header block once it is complete.
    private mutating func readHeader() throws(MultipartError) -> Event? {
        // From the delimiter's own line end, so that a block without headers ends like all others.
        let byteCount = buffer.withUnsafeReadableBytes { [headerScannedByteCount] bytes in
            emptyLine(in: bytes, from: headerScannedByteCount)
        }
        guard let byteCount else {
            // Up to three bytes of the end may be there.
            headerScannedByteCount = max(0, buffer.readableBytes - 3)
            guard headerScannedByteCount <= Self.headerByteCountMax else { throw .headerTooLarge }
            return nil
        }
        guard byteCount <= Self.headerByteCountMax else { throw .headerTooLarge }
        let header = try MultipartHeader(block: buffer.readableBytesView.prefix(byteCount).dropFirst(2))
        // Including the line end of the last header, but not the empty line: a delimiter may start there.
        buffer.moveReaderIndex(forwardBy: byteCount + 2)
        state = .bodyStart
        return .partBegan(name: header.name, fileName: header.fileName, contentType: header.contentType)
    }

    /// The offset of the first empty line's preceding line end.
    private func emptyLine(in bytes: UnsafeRawBufferPointer, from start: Int) -> Int? {
        guard bytes.count >= 4, start <= bytes.count - 4 else { return nil }
        return (start...bytes.count - 4).first {
            bytes[$0] == 0x0D && bytes[$0 + 1] == 0x0A && bytes[$0 + 2] == 0x0D && bytes[$0 + 3] == 0x0A
        }
    }

    /// Passes the empty line before a part's data. False until it is clear that it isn't a delimiter's.
    ///
    /// By the grammar a part may lack a body altogether, empty line included.
    private mutating func startBody() -> Bool {
        switch search.match(in: buffer) {
        case .undecided: return false
        case .delimiter: break
        case .data: buffer.moveReaderIndex(forwardBy: 2)
        }
        state = .body
        return true
    }

    /// Hands out the part's data, or its end.
    private mutating func readBody() -> Event? {
        let found = search.find(in: buffer)
        if found.dataByteCount > 0, let data = buffer.readSlice(length: found.dataByteCount) { return .data(data) }
        guard let line = found.line else { return nil }
        state = .delimiter(line)
        return .partEnded
    }

    /// Moves what is left to storage of its own: the chunk isn't kept alive for the sake of a few bytes, and appending
    /// to them doesn't copy what was handed out.
    private mutating func holdBackRest() {
        guard buffer.readerIndex > 0 else { return }
        buffer = buffer.readableBytes == 0 ? ByteBuffer() : ByteBuffer(bytes: buffer.readableBytesView)
    }
}
