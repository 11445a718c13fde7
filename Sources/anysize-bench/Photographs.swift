import Foundation

/// JPEGs to work on.
struct Photographs {
    /// The one that most contests are about: of those it is nearest to 12 megapixels.
    let main: Photograph
    let all: [Photograph]

    private static let mainPixelCount = 12_000_000

    /// - Parameter directory: all JPEGs in it are taken that have three channels.
    init(in directory: String) throws {
        let names = try FileManager.default.contentsOfDirectory(atPath: directory).sorted()
        let found = names.filter { $0.hasSuffix(".jpg") || $0.hasSuffix(".jpeg") }
            .compactMap { Photograph("\(directory)/\($0)") }
        guard
            let main = found.min(by: {
                abs($0.pixelCount - Self.mainPixelCount) < abs($1.pixelCount - Self.mainPixelCount)
            })
        else { throw Failure("no JPEG in \(directory)") }
        self.main = main
        all = found
    }
}

/// A baseline or progressive JPEG in colour, without a turn.
struct Photograph {
    let path: String
    let bytes: [UInt8]
    let width: Int
    let height: Int

    var pixelCount: Int { width * height }
    var name: String { URL(filePath: path).lastPathComponent }

    /// Nil where it is something else.
    init?(_ path: String) {
        guard let data = FileManager.default.contents(atPath: path) else { return nil }
        bytes = [UInt8](data)
        self.path = path
        var offset = 2
        while offset + 9 < bytes.count, bytes[offset] == 0xFF {
            let marker = bytes[offset + 1]
            let length = Int(bytes[offset + 2]) << 8 | Int(bytes[offset + 3])
            if (0xC0...0xC2).contains(marker) {
                (height, width) = (
                    Int(bytes[offset + 5]) << 8 | Int(bytes[offset + 6]),
                    Int(bytes[offset + 7]) << 8 | Int(bytes[offset + 8])
                )
                guard bytes[offset + 9] == 3 else { return nil }
                return
            }
            offset += 2 + length
        }
        return nil
    }

    /// The height of a picture so wide, as everybody rounds it.
    func height(atWidth width: Int) -> Int { max(1, (height * width + self.width / 2) / self.width) }

    /// The same picture as another original: decoders don't read what follows its end.
    func copy(_ number: Int) -> [UInt8] { bytes + withUnsafeBytes(of: UInt64(number).littleEndian, Array.init) }
}
