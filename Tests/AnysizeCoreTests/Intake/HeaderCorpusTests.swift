import AnysizeCore
import Foundation
import Testing

/// Real files, compared with what libvips says of them. They lie beside the checkout, not in it: where they are
/// absent, these tests are skipped.
@Suite("Headers of real files", .enabled(if: !CorpusFile.all.isEmpty, "no corpus beside the checkout"))
struct HeaderCorpusTests {
    /// Files that libvips decodes and we refuse on purpose.
    static let refusedOnPurpose = [
        "corkami/images__jpg__small.jpg",  // arithmetic coding, which no browser reads either
        // Numbers with a sign, a fraction, or 32 bits.
        "image-rs/tests__images__tiff__testsuite__rgb32f_bw.tiff",
        "image-rs/tests__images__tiff__testsuite__rgb32f_color.tiff",
        "pillow/16_bit_binary_pgm.tiff", "pillow/16bit.s.tif", "pillow/8bit.s.tif",
    ]

    @Test(
        "Each picture that libvips reads is accepted with the same size",
        arguments: CorpusFile.all.filter { !$0.isHostile && $0.isDecodable }
    )
    func accepted(_ file: CorpusFile) throws {
        guard !Self.refusedOnPurpose.contains(file.name) else {
            #expect(throws: HeaderError.self) { try file.header() }
            return
        }
        let header = try file.header()
        #expect("\(header.width)x\(header.height)" == file.size)
    }

    @Test("A hostile file is refused, or has the size that libvips says", arguments: CorpusFile.all.filter(\.isHostile))
    func hostile(_ file: CorpusFile) throws {
        let start = ContinuousClock.now
        let header = try? file.header()
        #expect(ContinuousClock.now - start < .seconds(1), "an unoptimised build on a busy machine is still faster")
        guard let header else { return }
        #expect(!file.killsLibvips)
        #expect(file.size == "-" || "\(header.width)x\(header.height)" == file.size)
    }
}

/// A line of the corpus' index.
struct CorpusFile: Sendable, CustomTestStringConvertible {
    var name: String
    var path: String
    var size: String
    var loader: String
    var baseline: String
    var isHostile: Bool

    var testDescription: String { name }

    /// True if plain libvips makes a thumbnail of it, with a loader that we would call.
    var isDecodable: Bool {
        ["jpegload", "pngload", "gifload", "webpload", "heifload", "tiffload"].contains(loader)
            && baseline.hasPrefix("ok")
    }

    /// True if plain libvips hung or died on it.
    var killsLibvips: Bool { baseline.hasPrefix("TIMEOUT") || baseline.hasPrefix("SIG") }

    func header() throws -> ImageHeader {
        let data = try Data(contentsOf: URL(filePath: path))
        return try data.withUnsafeBytes {
            try ImageHeader.read($0, limits: HeaderLimits(extraFormats: Set(ImageFormat.extra)))
        }
    }

    /// Every file of the index that is there; none where there is no corpus.
    static let all: [CorpusFile] = {
        guard let root, let index = try? String(contentsOf: root.appending(path: "INDEX.md"), encoding: .utf8) else {
            return []
        }
        var section = ""
        var files: [CorpusFile] = []
        for line in index.split(separator: "\n") {
            if line.hasPrefix("## ") { section = String(line.dropFirst(3)) }
            if let file = CorpusFile(line, section: section, root: root) { files.append(file) }
        }
        return files
    }()

    private static let root: URL? = {
        var folder = URL(filePath: #filePath)
        while folder.path != "/" {
            folder.deleteLastPathComponent()
            let candidate = folder.appending(path: "shared/corpora")
            if FileManager.default.fileExists(atPath: candidate.appending(path: "INDEX.md").path) { return candidate }
        }
        return nil
    }()

    private init?(_ line: Substring, section: String, root: URL) {
        let columns = line.split(separator: "|", omittingEmptySubsequences: false)
            .map { $0.trimmingCharacters(in: .whitespaces) }
        guard columns.count > 9, ["photos/dev", "hostile/dev", "formats"].contains(section) else { return nil }
        name = columns[1]
        let folder = section.split(separator: "/")[0]
        path = root.appending(path: "\(folder)/\(name)").path
        size = String(columns[3].prefix { $0 != " " })
        loader = columns[5]
        baseline = columns[9]
        isHostile = section == "hostile/dev"
        guard FileManager.default.fileExists(atPath: path) else { return nil }
    }
}
