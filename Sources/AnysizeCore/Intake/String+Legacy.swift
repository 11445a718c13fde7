extension String {
    /// A text in metadata whose encoding nobody says: UTF-8 where it is that, and else Latin-1, which older programs wrote.
    init(legacy bytes: some Collection<UInt8>) {
        if let text = String(validating: bytes, as: UTF8.self) {
            self = text
        } else {
            self.init(String.UnicodeScalarView(bytes.map { Unicode.Scalar($0) }))
        }
    }
}
