package import AnysizeCore

/// How an imported file comes by its id.
package enum IDRule: String, Sendable, CaseIterable {
    /// Derived from its bytes by the service.
    case content
    /// The file's name, `front.jpg`.
    case name
    /// Its path with `_` for each slash, `shoes_42_front.jpg`.
    case path

    /// The id that a file asks for; nil where the rule is `content`.
    /// - Throws: where its name can't be an id. Nothing is replaced but the slash: two names would become one.
    package func id(of path: TreePath) throws(IDFault) -> OriginalID? {
        let slash = UInt8(ascii: "/")
        let bytes =
            switch self {
            case .content: nil as [UInt8]?
            case .name: Array(path.name)
            case .path: path.bytes.map { $0 == slash ? UInt8(ascii: "_") : $0 }
            }
        guard let bytes else { return nil }
        guard let text = String(validating: bytes, as: UTF8.self), let id = OriginalID(text) else { throw IDFault() }
        return id
    }
}

/// A name that no original can have.
package struct IDFault: Error, Hashable, Sendable {
    package var detail: String { "as an id: \(OriginalID.rule)" }
}
