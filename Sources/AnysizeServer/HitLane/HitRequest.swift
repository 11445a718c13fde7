import NIOHTTP1

/// A request that asks for nothing but a picture, as a hit may be found for it.
struct HitRequest: Sendable {
    /// As it was sent, byte for byte: whatever a signature or a recipe in it says is said by the same bytes again.
    let target: String
    let isHead: Bool
    let accept: String?
    let ifNoneMatch: String?

    /// Nil for any other request.
    init?(_ head: HTTPRequestHead, _ traits: RequestHead) {
        guard traits.isPlain, head.method == .GET || head.method == .HEAD, head.uri.utf8.starts(with: "/img/".utf8)
        else { return nil }
        target = head.uri
        isHead = head.method == .HEAD
        accept = traits.accept
        ifNoneMatch = traits.ifNoneMatch
    }
}
