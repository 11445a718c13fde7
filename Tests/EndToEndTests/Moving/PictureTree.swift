import AnysizeClient
import AnysizeCore
import Foundation
import NIOCore

/// A directory tree of small pictures, no two alike, and of files that are none.
struct PictureTree {
    let path: String
    /// Digests of what must be stored, by path.
    private(set) var pictures: [String: String] = [:]
    /// Paths of what must be refused.
    private(set) var refused: Set<String> = []

    init(_ path: String, pictureCount: Int) throws {
        self.path = path
        for number in 0..<pictureCount {
            let bytes = try Materials.uniqueJPEG(commentOf: .random(in: 16...2000), of: "orientation_1.jpg")
            try add(bytes, at: "d\(number % 9)/deeper/\(number).jpg")
        }
        // One of several chunks, so that it is streamed.
        try add(Materials.uniqueJPEG(commentOf: 900_000, of: "orientation_1.jpg"), at: "large.jpg")
        try write(Data("no picture".utf8), to: "notes.txt")
        refused = ["notes.txt"]
    }

    mutating func add(_ bytes: Data, at name: String) throws {
        try write(bytes, to: name)
        pictures[name] = Digest(of: ByteBuffer(bytes: bytes)).description
    }

    /// A few hostile files of the shared test data, of those that any service refuses.
    mutating func addHostile(_ countMax: Int) throws {
        let index = try Materials.index(of: "hostile")
        let files = (Materials.shared("hostile") ?? []).filter { file in
            let name = file.pathComponents.suffix(2).joined(separator: "/")
            let size = (try? file.resourceValues(forKeys: [.fileSizeKey]))?.fileSize ?? .max
            // What is refused for certain, and cheaply.
            return size < 20_000 && index.expectation(of: name).map { !$0.statuses.contains(200) } ?? false
        }
        for (number, file) in files.prefix(countMax).enumerated() {
            let name = "hostile/\(number)-\(file.lastPathComponent)"
            try write(Data(contentsOf: file), to: name)
            refused.insert(TreePath(bytes: Array(name.utf8)).description)
        }
    }

    private func write(_ bytes: Data, to name: String) throws {
        let url = URL(filePath: path + "/" + name)
        try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
        try bytes.write(to: url)
    }

    var journal: String { path + "/.anysize-import.journal" }

    /// Lines of the journal but for the first.
    var journalLines: [JournalLine?] {
        let text = String(decoding: FileManager.default.contents(atPath: journal) ?? Data(), as: UTF8.self)
        return text.split(separator: "\n").dropFirst().map { JournalLine($0) }
    }
}

/// What `anysize import --json` prints.
struct PrintedImport: Decodable {
    struct Refusal: Decodable {
        let path: String
        let kind: String
        let status: Int?
        let detail: String
    }

    let stored: Int
    let present: Int
    let known: Int
    let refused: Int
    let failed: Int
    let retries: Int
    let stopped: String?
    let refusals: [Refusal]
    let refusalFile: String

    init(_ outcome: Program.Outcome) throws {
        do { self = try JSONDecoder().decode(PrintedImport.self, from: outcome.output) } catch {
            throw ServiceError(
                what: "\(outcome.code): no report: \(outcome.text.prefix(500)) \(outcome.errors.prefix(500))")
        }
    }
}
