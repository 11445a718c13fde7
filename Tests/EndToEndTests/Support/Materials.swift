import Foundation
import Testing

/// The files that tests send.
enum Materials {
    /// The project's own pictures, always there.
    static func fixture(_ name: String) throws -> Data {
        try Data(contentsOf: URL(filePath: root + "/Fixtures/originals/" + name))
    }

    /// Of formats that only a setting lets in.
    static func extra(_ name: String) throws -> Data {
        try Data(contentsOf: URL(filePath: root + "/Fixtures/extra/" + name))
    }

    static func fixtures(_ folder: String) -> [URL] { files(in: root + "/Fixtures/" + folder) }

    /// A folder of the test data that lies beside the project on some machines; nil where it doesn't.
    static func shared(_ folder: String) -> [URL]? {
        guard let corpora else { return nil }
        let found = files(in: corpora + "/" + folder)
        return found.isEmpty ? nil : found
    }

    static let hasShared = corpora != nil

    /// What the files of a folder of that data are to be answered with.
    static func index(of folder: String) throws -> CorpusIndex {
        let path = (corpora ?? "") + "/INDEX.md"
        return CorpusIndex(of: folder, in: try String(contentsOfFile: path, encoding: .utf8))
    }

    static let root = above { FileManager.default.fileExists(atPath: $0 + "/Package.swift") } ?? "."
    private static let corpora = above { FileManager.default.fileExists(atPath: $0 + "/shared/corpora") }
        .map { $0 + "/shared/corpora" }

    /// The nearest directory above this file for which that holds.
    private static func above(_ isIt: (String) -> Bool) -> String? {
        var directory = URL(filePath: #filePath).deletingLastPathComponent()
        while directory.path() != "/" {
            let path = String(directory.path().dropLast(directory.path().hasSuffix("/") ? 1 : 0))
            if isIt(path) { return path }
            directory.deleteLastPathComponent()
        }
        return nil
    }

    /// Every file below a folder, in the order of names.
    private static func files(in folder: String) -> [URL] {
        let names = FileManager.default.enumerator(atPath: folder)?.compactMap { $0 as? String } ?? []
        return names.sorted().map { URL(filePath: folder + "/" + $0) }.filter {
            (try? $0.resourceValues(forKeys: [.isRegularFileKey]))?.isRegularFile ?? false
        }
    }
}

// MARK: - Made pictures

extension Materials {
    /// A photograph of twelve megapixels, as a JPEG: the usual load.
    static func largePhoto() async throws -> Data {
        try await Scratch.withDirectory { directory in
            let output = directory + "/large.jpg"
            let outcome = try await Program.run([
                "render", root + "/Fixtures/originals/photo.jpg", "--recipe", "w=4000&upscale=1&format=jpeg&q=85",
                "--output", output,
            ])
            try #require(outcome.code == 0, "\(outcome.errors)")
            return try Data(contentsOf: URL(filePath: output))
        }
    }

    /// A JPEG like no other: the picture of `odd.jpg`, with a comment of random bytes before it.
    /// - Parameter byteCount: of the comment.
    static func uniqueJPEG(commentOf byteCount: Int, of picture: String = "odd.jpg") throws -> Data {
        let picture = try fixture(picture)
        var bytes = picture.prefix(2)
        var rest = byteCount
        while rest > 0 {
            let count = min(rest, 60_000)
            rest -= count
            bytes += [0xFF, 0xFE, UInt8((count + 2) >> 8), UInt8((count + 2) & 0xFF)]
            bytes += random(count)
        }
        return Data(bytes + picture.dropFirst(2))
    }

    /// A PNG like no other: the picture of `alpha.png`, with a text chunk of random letters.
    static func uniquePNG(commentOf byteCount: Int) throws -> Data {
        let picture = try fixture("alpha.png")
        // Signature and IHDR are 33 bytes; text may come anywhere after them.
        let text = Data("tEXtComment\0".utf8) + random(byteCount).map { 97 + $0 % 26 }
        var chunk = Data()
        for shift in [24, 16, 8, 0] { chunk.append(UInt8(truncatingIfNeeded: (text.count - 4) >> shift)) }
        chunk += text
        let sum = crc(text)
        for shift in [24, 16, 8, 0] { chunk.append(UInt8(truncatingIfNeeded: sum >> UInt32(shift))) }
        return picture.prefix(33) + chunk + picture.dropFirst(33)
    }

    private static func random(_ count: Int) -> [UInt8] {
        var generator = SystemRandomNumberGenerator()
        var bytes: [UInt8] = []
        bytes.reserveCapacity(count + 8)
        while bytes.count < count { withUnsafeBytes(of: generator.next()) { bytes += $0 } }
        return Array(bytes.prefix(count))
    }

    /// The check sum of PNG chunks.
    private static func crc(_ data: Data) -> UInt32 {
        var sum = UInt32.max
        for byte in data {
            sum ^= UInt32(byte)
            for _ in 0..<8 { sum = sum & 1 == 1 ? sum >> 1 ^ 0xEDB8_8320 : sum >> 1 }
        }
        return ~sum
    }
}
