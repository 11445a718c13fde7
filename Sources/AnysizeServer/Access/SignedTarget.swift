import AnysizeCore
import HTTPTypes

/// A request target taken apart: what is signed, by what, until when, and the recipe that is left.
struct SignedTarget {
    /// A parameter as the caller wrote it.
    struct Parameter: Equatable {
        let name: String
        let value: String
    }

    /// Path and query as they were sent, but for the signature.
    let text: String
    /// The query without signature and expiry.
    let recipe: Substring
    let signature: Parameter?
    let expiry: Parameter?

    static let signatureNames: Set<Substring> = ["sig", "s"]
    static let expiryNames: Set<Substring> = ["exp", "expires"]

    /// - Throws: where one of the two is given more than once.
    init(_ target: RequestTarget) throws(Problem) {
        var signature: Parameter?
        var expiry: Parameter?
        var signed: [Substring] = []
        var recipe: [Substring] = []
        let pairs = target.query.split(separator: "&", omittingEmptySubsequences: false)
        for pair in pairs {
            let name = pair.prefix { $0 != "=" }
            if Self.signatureNames.contains(name) {
                try Self.take(pair, name, into: &signature)
                continue
            }
            signed.append(pair)
            if Self.expiryNames.contains(name) {
                try Self.take(pair, name, into: &expiry)
            } else {
                recipe.append(pair)
            }
        }
        self.signature = signature
        self.expiry = expiry
        let isUntouched = recipe.count == pairs.count
        self.recipe = isUntouched ? target.query : recipe.joined(separator: "&")[...]
        let query = signed.count == pairs.count ? target.query : signed.joined(separator: "&")[...]
        text = query.isEmpty ? String(target.path) : "\(target.path)?\(query)"
    }

    private static func take(
        _ pair: Substring, _ name: Substring, into parameter: inout Parameter?
    ) throws(Problem) {
        guard parameter == nil else {
            throw Problem(
                .badRequest, "bad-request", "Bad request",
                detail: "\(name) is given more than once, perhaps under another name.", parameter: String(name)
            )
        }
        let value = pair.dropFirst(name.utf8.count + 1)
        parameter = Parameter(name: String(name), value: PercentEncoding.decode(value) ?? "")
    }
}
