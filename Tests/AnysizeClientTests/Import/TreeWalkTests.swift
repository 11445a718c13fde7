import AnysizeClient
import Foundation
import Testing

#if canImport(Glibc)
    import Glibc
#endif

@Suite struct TreeWalkTests {
    private let scratch: Scratch

    init() throws { scratch = try Scratch() }

    private func walk(hidden: Bool = false, batch: Int = 3) throws -> [TreeEntry] {
        let walk = try TreeWalk(scratch.path, includesHidden: hidden)
        var entries: [TreeEntry] = []
        while true {
            let next = walk.next(batch)
            #expect(next.count <= batch)
            guard !next.isEmpty else { return entries }
            entries += next
        }
    }

    private func files(_ entries: [TreeEntry]) -> Set<String> {
        Set(entries.compactMap { if case .file(let path, _) = $0 { path.description } else { nil } })
    }

    private func skipped(_ entries: [TreeEntry]) -> [String: TreeEntry.Skipped] {
        Dictionary(
            uniqueKeysWithValues: entries.compactMap {
                if case .skipped(let path, let why) = $0 { (path.description, why) } else { nil }
            })
    }

    @Test func `regular files are met, all else is told by its kind`() throws {
        for name in ["a.jpg", "d/b.jpg", "d/e/c.jpg", ".hidden.jpg", ".dir/x.jpg"] { try scratch.write(name) }
        let manager = FileManager.default
        try manager.createDirectory(atPath: scratch.path + "/empty/within", withIntermediateDirectories: true)
        // To a file, to nothing, and in a circle.
        try manager.createSymbolicLink(atPath: scratch.path + "/link", withDestinationPath: "a.jpg")
        try manager.createSymbolicLink(atPath: scratch.path + "/dangling", withDestinationPath: "none")
        try manager.createSymbolicLink(atPath: scratch.path + "/d/circle", withDestinationPath: "..")
        #expect(mkfifo(scratch.path + "/pipe", 0o600) == 0)

        let entries = try walk()
        #expect(files(entries) == ["a.jpg", "d/b.jpg", "d/e/c.jpg"])
        #expect(
            skipped(entries) == [
                "link": .symbolicLink, "dangling": .symbolicLink, "d/circle": .symbolicLink, "pipe": .special,
                ".hidden.jpg": .hidden, ".dir": .hidden,
            ])
        #expect(entries.count == 9)
        #expect(files(try walk(hidden: true)) == ["a.jpg", "d/b.jpg", "d/e/c.jpg", ".hidden.jpg", ".dir/x.jpg"])
    }

    @Test func `names needn't be text`() throws {
        let name: [UInt8] = [0x61, 0xFF, 0x0A, 0x25]
        let whole = Array(scratch.path.utf8) + [UInt8(ascii: "/")] + name
        let descriptor = (whole + [0]).withUnsafeBufferPointer { bytes in
            bytes.withMemoryRebound(to: CChar.self) { open($0.baseAddress!, O_CREAT | O_WRONLY, 0o600) }
        }
        try #require(descriptor >= 0)
        close(descriptor)
        let entries = try walk()
        #expect(files(entries) == ["a%ff%0a%25"])
        let path = try #require(TreePath("a%ff%0a%25"))
        #expect(try SourceFile(scratch.path, path).stamp.byteCount == 0)
    }

    @Test func `thousands of files come in batches, each once`() throws {
        for number in 0..<3000 { try scratch.write("d\(number % 7)/\(number)", []) }
        let entries = try walk(batch: 64)
        #expect(entries.count == 3000 && files(entries).count == 3000)
    }

    @Test func `a tree that goes too deep is told, not followed`() throws {
        try scratch.write(String(repeating: "d/", count: TreeWalk.depthMax + 5) + "x")
        try scratch.write("y")
        let entries = try walk()
        #expect(files(entries) == ["y"])
        let deep = entries.compactMap { if case .unreadable(let path, _) = $0 { path } else { nil } }
        #expect(deep.count == 1)
    }

    /// Permissions don't stop root, so there it proves nothing.
    @Test(.enabled(if: geteuid() != 0)) func `what can't be looked into is told`() throws {
        try scratch.write("closed/x")
        chmod(scratch.path + "/closed", 0)
        defer { chmod(scratch.path + "/closed", 0o700) }
        #expect(try walk().contains { if case .unreadable = $0 { true } else { false } })
    }

    @Test func `a directory that isn't there can't be walked`() {
        #expect(throws: SourceError.self) { try TreeWalk(scratch.path + "/none", includesHidden: false) }
    }
}
