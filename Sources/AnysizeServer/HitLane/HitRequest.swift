import NIOHTTP1

/// A request that asks for nothing but a picture, as a hit may be found for it.
struct HitRequest: Sendable {
    /// As it was sent, byte for byte: whatever a signature or a recipe in it says is said by the same bytes again.
    let target: String
    let isHead: Bool
    let accept: String?
    let ifNoneMatch: String?

    /// What every path to a picture begins with.
    static let pathPrefix = Array("/img/".utf8)

    /// Nil for any other request.
    init?(_ head: HTTPRequestHead, _ traits: RequestHead) {
        guard traits.isPlain, head.method == .GET || head.method == .HEAD,
            head.uri.utf8.starts(with: Self.pathPrefix)
        else { return nil }
        self.init(
            target: head.uri, isHead: head.method == .HEAD, accept: traits.accept, ifNoneMatch: traits.ifNoneMatch)
    }

    init(target: String, isHead: Bool, accept: String?, ifNoneMatch: String?) {
        self.target = target
        self.isHead = isHead
        self.accept = accept
        self.ifNoneMatch = ifNoneMatch
    }
}
