/// A field of a request's header, whoever has read it.
protocol HeaderField {
    var nameByteCount: Int { get }
    var value: String { get }
    /// Whether this is its name, which is given in lower case.
    func isNamed(_ name: StaticString) -> Bool
}

/// One that NIO's decoder has read.
struct DecodedField: HeaderField {
    let name: String
    let value: String

    var nameByteCount: Int { self.name.utf8.count }

    func isNamed(_ name: StaticString) -> Bool { ASCIIName.equals(self.name.utf8, name) }
}

/// One that still is where it came in.
struct WireField: HeaderField {
    let name: Slice<UnsafeRawBufferPointer>
    let text: Slice<UnsafeRawBufferPointer>

    var nameByteCount: Int { self.name.count }
    var value: String { String(decoding: self.text, as: UTF8.self) }

    func isNamed(_ name: StaticString) -> Bool { ASCIIName.equals(self.name, name) }
}

private enum ASCIIName {
    /// Whether two names are the same but for the case of letters.
    static func equals(_ bytes: some Collection<UInt8>, _ lowerCase: StaticString) -> Bool {
        guard bytes.count == lowerCase.utf8CodeUnitCount else { return false }
        var expected = lowerCase.utf8Start
        for byte in bytes {
            let isUpperCase = (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte)
            guard (isUpperCase ? byte | 0x20 : byte) == expected.pointee else { return false }
            expected += 1
        }
        return true
    }
}
