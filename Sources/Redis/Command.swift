import CHiredis
package import NIOCore

/// One command with its arguments, which may be any bytes.
package struct Command: Sendable, Hashable {
    let words: [ByteBuffer]

    package init(_ name: String, _ arguments: [any CommandWord] = []) {
        words = [ByteBuffer(string: name)] + arguments.map(\.commandBytes)
    }

    package init(_ name: String, _ arguments: any CommandWord...) { self.init(name, arguments) }

    /// As the server reads it, by hiredis' formatter.
    func write(to buffer: inout ByteBuffer) {
        // One run of memory for all words: the formatter wants pointers that hold at the same time.
        var joined = ByteBuffer()
        joined.reserveCapacity(words.reduce(0) { $0 + $1.readableBytes })
        for word in words { joined.writeImmutableBuffer(word) }
        var lengths = words.map(\.readableBytes)
        var text: UnsafeMutablePointer<CChar>?
        let count = joined.withUnsafeReadableBytes { bytes in
            // An empty buffer may have no address, and the formatter copies nothing from it.
            let start = bytes.baseAddress?.assumingMemoryBound(to: CChar.self)
            var offset = 0
            var pointers: [UnsafePointer<CChar>?] = lengths.map { length in
                defer { offset += length }
                return start.map { $0 + offset }
            }
            return redisFormatCommandArgv(&text, CInt(pointers.count), &pointers, &lengths)
        }
        guard count >= 0, let text else { fatalError("out of memory") }
        buffer.writeBytes(UnsafeRawBufferPointer(start: text, count: Int(count)))
        redisFreeCommand(text)
    }

    var byteCount: Int { words.reduce(0) { $0 + $1.readableBytes + 16 } }
}

/// What can be an argument.
package protocol CommandWord: Sendable {
    var commandBytes: ByteBuffer { get }
}

extension String: CommandWord {
    package var commandBytes: ByteBuffer { ByteBuffer(string: self) }
}

extension Int: CommandWord {
    package var commandBytes: ByteBuffer { ByteBuffer(string: String(self)) }
}

extension ByteBuffer: CommandWord {
    package var commandBytes: ByteBuffer { self }
}
