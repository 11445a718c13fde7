import Foundation
import Testing

@testable import AnysizeEngine

@Suite struct DataDirectoryTests {
    @Test func `a second opener is told who has the directory`() throws {
        let disk = try TestDisk()
        let expected = DataDirectoryError.inUse(path: disk.data.path, process: Int(getpid()))
        #expect(throws: expected) { try DataDirectory(path: disk.path) }
        #expect(expected.description.contains("process \(getpid())"))
    }

    @Test func `the directory is free again once the first has let go`() throws {
        let path = "\(FileManager.default.temporaryDirectory.path)/anysize-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: path) }
        for _ in 0..<3 { _ = try DataDirectory(path: path) }
    }

    @Test func `what was left in staging is gone after a start, and nothing else`() throws {
        let path = "\(FileManager.default.temporaryDirectory.path)/anysize-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: path) }
        do {
            let data = try DataDirectory(path: path)
            for directory in [data.staging, data.originals, data.variants] {
                try Data("left".utf8).write(to: URL(fileURLWithPath: "\(directory)/left"))
            }
        }
        let data = try DataDirectory(path: path)
        #expect(!FileManager.default.fileExists(atPath: "\(data.staging)/left"))
        #expect(FileManager.default.fileExists(atPath: "\(data.originals)/left"))
        #expect(FileManager.default.fileExists(atPath: "\(data.variants)/left"))
    }

    @Test func `parents are made, and nobody else may look inside`() throws {
        let parent = "\(FileManager.default.temporaryDirectory.path)/anysize-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: parent) }
        let data = try DataDirectory(path: "\(parent)/a//b/")
        #expect(data.path.hasSuffix("/a/b"))
        for directory in [data.originals, data.staging, data.variants] {
            let mode = try FileManager.default.attributesOfItem(atPath: directory)[.posixPermissions] as? NSNumber
            #expect(mode?.intValue == 0o700)
        }
    }

    @Test func `a file in the way is a fault with its path`() throws {
        let path = "\(FileManager.default.temporaryDirectory.path)/anysize-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: path) }
        try Data().write(to: URL(fileURLWithPath: path))
        #expect {
            try DataDirectory(path: path)
        } throws: { error in
            "\(error)".contains(path)
        }
        #expect(throws: DataDirectoryError.self) { try DataDirectory(path: "\(path)/below") }
    }
}
