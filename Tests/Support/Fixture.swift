package import NIOCore

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// The project's own pictures, by name.
package enum Fixture {
    /// The folder `Fixtures`, found from where this file is.
    private static let folder = URL(filePath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().appending(path: "Fixtures")

    /// The bytes of `originals/NAME`.
    package static func original(_ name: String) throws -> ByteBuffer { try bytes("originals/" + name) }

    /// The bytes of `extra/NAME`: of formats that only a setting lets in.
    package static func extra(_ name: String) throws -> ByteBuffer { try bytes("extra/" + name) }

    /// The bytes of `hostile/NAME`.
    package static func hostile(_ name: String) throws -> ByteBuffer { try bytes("hostile/" + name) }

    /// A file of the test data that lies beside the project on some machines; nil where it doesn't.
    package static func shared(_ path: String) -> ByteBuffer? {
        var above = folder.deletingLastPathComponent()
        while above.path != "/" {
            above.deleteLastPathComponent()
            if let bytes = try? Data(contentsOf: above.appending(path: "shared/corpora/" + path)) {
                return ByteBuffer(bytes: bytes)
            }
        }
        return nil
    }

    package static func originalNames() throws -> [String] { try names("originals") }
    package static func hostileNames() throws -> [String] { try names("hostile") }

    private static func names(_ folder: String) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: self.folder.appending(path: folder).path).sorted()
    }

    private static func bytes(_ path: String) throws -> ByteBuffer {
        ByteBuffer(bytes: try Data(contentsOf: folder.appending(path: path)))
    }
}
