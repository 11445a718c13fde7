import Foundation

/// A page of a listing.
struct OriginalPage: Decodable, Sendable {
    let originals: [OriginalInfo]
    let next: String?
}

extension HTTPClient {
    /// A page of the listing; the query without its question mark.
    func page(_ query: String) async throws -> OriginalPage {
        let answer = try await get("/img?\(query)")
        guard answer.status == 200 else {
            throw ServiceError(what: "A listing was answered \(answer.status): \(answer.text.prefix(300))")
        }
        return try answer.json(OriginalPage.self)
    }

    /// All originals, page by page.
    func allOriginals(limit: Int = 500) async throws -> [OriginalInfo] {
        var all: [OriginalInfo] = []
        var after: String?
        repeat {
            let page = try await page("limit=\(limit)" + (after.map { "&after=\($0)" } ?? ""))
            all += page.originals
            after = page.next
        } while after != nil
        return all
    }
}
