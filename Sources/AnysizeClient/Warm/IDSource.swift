package import AnysizeCore
import NIOHTTP1

/// Where ids come from, one by one: the service's own listing, or a file with one a line.
package struct IDSource {
    private let origin: Origin
    /// The present page, or piece of the file.
    private var page: ArraySlice<OriginalID> = []
    private var after: OriginalID?
    private var isAtEnd = false
    /// Lines of a file that are no ids.
    package private(set) var badLineCount = 0

    private enum Origin {
        case listing(ServiceClient, Contact)
        case lines(LineReader)
    }

    /// All originals of the service in the order of their ids, a thousand at a time.
    /// - Parameter after: begins behind this one.
    package static func listing(_ client: ServiceClient, _ contact: Contact, after: OriginalID?) -> IDSource {
        IDSource(origin: .listing(client, contact), after: after)
    }

    package static func lines(_ reader: LineReader) -> IDSource { IDSource(origin: .lines(reader)) }

    private init(origin: Origin, after: OriginalID? = nil) {
        self.origin = origin
        self.after = after
    }

    /// Nil at the end.
    package mutating func next(patienceSeconds: Double) async throws(WarmStop) -> OriginalID? {
        while page.isEmpty {
            guard !isAtEnd else { return nil }
            switch origin {
            case .listing(let client, let contact): try await turnPage(client, contact, patienceSeconds)
            case .lines(let reader): try await readOn(reader)
            }
        }
        return page.popFirst()
    }

    private struct Page: Decodable {
        struct Original: Decodable { let id: OriginalID }
        let originals: [Original]
        let next: OriginalID?
    }

    private mutating func turnPage(
        _ client: ServiceClient, _ contact: Contact, _ patienceSeconds: Double
    ) async throws(WarmStop) {
        let answer: ServiceAnswer
        do throws(DeliveryError) {
            answer = try await client.sendPatiently(
                .GET, "/img?limit=1000" + (after.map { "&after=\($0)" } ?? ""), contact: contact,
                patienceSeconds: patienceSeconds)
        } catch { throw WarmStop(error) }
        guard answer.status == 200, let page = answer.document(Page.self) else {
            throw .noListing(detail: answer.refusal.detail)
        }
        self.page = page.originals.map(\.id)[...]
        after = page.next
        isAtEnd = page.next == nil
    }

    private mutating func readOn(_ reader: LineReader) async throws(WarmStop) {
        let lines: [String]
        do throws(SourceError) {
            lines = try await onFileThread { () throws(SourceError) in try reader.next(1000) }
        } catch { throw .noIDs(detail: error.description) }
        isAtEnd = lines.isEmpty
        let words = lines.map { $0.trimmingBlanks }.filter { !$0.isEmpty }
        let ids = words.compactMap { OriginalID($0) }
        badLineCount += words.count - ids.count
        page = ids[...]
    }
}

/// Why warming ends before its time.
package enum WarmStop: Error, Hashable, Sendable, CustomStringConvertible {
    case cancelled
    case unreachable(detail: String)
    case noListing(detail: String)
    case noIDs(detail: String)

    init(_ error: DeliveryError) {
        self =
            switch error {
            case .cancelled: .cancelled
            case .unreachable(let detail), .gaveUp(let detail): .unreachable(detail: detail)
            // Nothing is sent.
            case .unreadable(let error): .noIDs(detail: error.description)
            }
    }

    package var description: String {
        switch self {
        case .cancelled: "interrupted"
        case .unreachable(let detail): "the service can't be reached: \(detail)"
        case .noListing(let detail):
            "the service doesn't list its originals, for which a key needs the scope read: \(detail)"
        case .noIDs(let detail): "the ids can't be read: \(detail)"
        }
    }
}

extension String {
    fileprivate var trimmingBlanks: Substring {
        let start = drop { $0 == " " || $0 == "\t" || $0 == "\r" }
        return start.lastIndex { $0 != " " && $0 != "\t" && $0 != "\r" }.map { start[...$0] } ?? ""
    }
}
