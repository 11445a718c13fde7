#if canImport(Glibc)
    import Glibc
#endif

/// A whole answer.
struct Answer {
    let status: Int
    let header: String
    let body: [UInt8]

    /// A field of the header; nil where it isn't there.
    func field(_ name: String) -> String? {
        for line in header.split(separator: "\r\n").dropFirst() {
            let parts = line.split(separator: ":", maxSplits: 1)
            guard parts.count == 2, parts[0].lowercased() == name.lowercased() else { continue }
            return parts[1].drop { $0 == " " }.description
        }
        return nil
    }
}

/// One request on a connection of its own, for what isn't measured.
func fetch(_ request: Request, port: Int) throws -> Answer {
    let connection = try LoadConnection(port: port)
    // A socket that may block, since there is nothing else to do.
    _ = fcntl(connection.descriptor, F_SETFL, fcntl(connection.descriptor, F_GETFL) & ~O_NONBLOCK)
    try connection.begin(request)
    var reader = AnswerReader(keepsBody: true)
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 18, alignment: 64)
    defer { buffer.deallocate() }
    while true {
        let count = recv(connection.descriptor, buffer.baseAddress, buffer.count, 0)
        guard count > 0 else { throw Failure("connection lost: \(request.target)") }
        guard try reader.take(UnsafeRawBufferPointer(rebasing: buffer[..<count])) else { continue }
        let answer = Answer(status: reader.status, header: reader.header, body: reader.body)
        guard answer.status == request.status else {
            throw Failure(
                "\(request.target) was answered \(answer.status): \(String(decoding: answer.body.prefix(300), as: UTF8.self))"
            )
        }
        return answer
    }
}
