import Foundation

/// A directory for everything that a run writes, removed at its end.
final class Scratch {
    let path: String
    private var count = 0

    init() throws {
        path =
            FileManager.default.temporaryDirectory.path() + "anysize-bench-\(ProcessInfo.processInfo.processIdentifier)"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    /// A new, empty one.
    func directory(_ name: String) throws -> String {
        count += 1
        let path = "\(path)/\(name)-\(count)"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        return path
    }

    /// A directory with nothing but these photographs.
    func directory(of photographs: Photographs) throws -> String {
        let path = "\(path)/photographs"
        guard !FileManager.default.fileExists(atPath: path) else { return path }
        let directory = try directory("photographs-new")
        for photograph in photographs.all {
            try Data(photograph.bytes).write(to: URL(filePath: "\(directory)/\(photograph.name)"))
        }
        try FileManager.default.moveItem(atPath: directory, toPath: path)
        return path
    }
}
