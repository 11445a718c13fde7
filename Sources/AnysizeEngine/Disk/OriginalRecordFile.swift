import AnysizeCore
import NIOCore

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// How a record is written down: a line of JSON, and a line with the XXH64 of the first in hexadecimal.
///
/// The second line is there because a wrong width is harder to notice than a wrong byte of a picture. A deleted
/// original has `deleted` in place of `record`. Times are seconds since 2001, the only spelling that gives the very
/// same `Date` back.
struct OriginalRecordFile: Codable {
    /// Raised when an older Anysize couldn't understand the file.
    static let versionMax = 1

    private var version = versionMax
    private var record: OriginalRecord?
    private var deleted: Date?

    static func present(_ record: OriginalRecord) -> OriginalRecordFile { OriginalRecordFile(record: record) }

    static func deleted(at time: Date) -> OriginalRecordFile { OriginalRecordFile(deleted: time) }

    func encoded() throws(StoreError) -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        do {
            let line = Array(try encoder.encode(self))
            return line + Array("\n\(Self.check(of: line))\n".utf8)
        } catch {
            throw .unavailable(detail: "a record can't be encoded: \(error)")
        }
    }

    /// - Throws: `.damaged` where the file isn't what was written for that id.
    static func decode(_ bytes: ByteBuffer, for id: OriginalID) throws(StoreError) -> StoreEntry {
        let lines = bytes.readableBytesView.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        guard lines.count == 3, lines[2].isEmpty, lines[1].elementsEqual(check(of: Array(lines[0])).utf8) else {
            throw .damaged(detail: "the record of \(id) doesn't match its check")
        }
        let file: OriginalRecordFile
        do {
            file = try JSONDecoder().decode(OriginalRecordFile.self, from: Data(lines[0]))
        } catch {
            throw .damaged(detail: "the record of \(id) can't be decoded: \(error)")
        }
        guard file.version <= versionMax else {
            throw .unavailable(detail: "the record of \(id) was written by a newer version (\(file.version))")
        }
        if file.deleted != nil { return .deleted }
        guard let record = file.record, record.id == id else {
            throw .damaged(detail: "the record of \(id) is another's")
        }
        return .present(record)
    }

    private static func check(of line: [UInt8]) -> String {
        let sum = line.withUnsafeBytes { XXH64.hash($0) }
        return Hex.encode((0..<8).reversed().map { UInt8(truncatingIfNeeded: sum >> ($0 * 8)) })
    }
}
