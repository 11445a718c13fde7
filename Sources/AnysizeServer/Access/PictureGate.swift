import AnysizeCore
import HTTPTypes
import Hummingbird

/// Lets those pass who may fetch what a URL names, before anything is looked up: an answer tells nobody else even whether
/// there is such a picture.
struct PictureGate: Sendable {
    let signing: URLSigning
    let keys: KeyRing
    let clock: WallClock

    /// What a request that has passed may have.
    struct Pass: Sendable {
        /// Without signature and expiry.
        let query: Substring
        /// The second, since 1970, from which on the URL doesn't hold; nil where it holds for ever.
        var expiry: Int?
        /// How long it still holds, in seconds, 1 at least.
        var secondsLeft: Int?
        /// Whether it passed because of an API key, so that the answer is for nobody else.
        var isByKey = false
    }

    /// Where signing keys are set, a URL needs a signature; but not where the caller may have the original anyway.
    func admit(_ target: RequestTarget, _ request: Request) throws(Problem) -> Pass {
        let signed = try SignedTarget(target)
        var pass = Pass(query: signed.recipe)
        if !signing.isOpen {
            if let signature = signed.signature {
                guard signing.holds(signature, of: signed.text) else {
                    throw Problem(
                        .forbidden, "bad-signature", "Bad signature",
                        detail: "The signature is not one of this path and query.", parameter: signature.name
                    )
                }
            } else {
                guard keys.key(of: request)?.scopes.contains(.read) == true else {
                    throw Problem(
                        .forbidden, "no-signature", "No signature",
                        detail: "URLs of pictures need a signature here.", parameter: "sig"
                    )
                }
                pass.isByKey = true
            }
        }
        // Only now: to whoever didn't sign it, an expiry is nothing.
        if let expiry = signed.expiry { try limit(&pass, expiry) }
        return pass
    }

    private func limit(_ pass: inout Pass, _ expiry: SignedTarget.Parameter) throws(Problem) {
        if let number = Int(expiry.value), (-100...100).contains(number), expiry.name == "exp" {
            throw Problem(
                .badRequest, "bad-request", "Bad request",
                detail: "exp is a time in whole seconds since 1970 here. For an exposure say brightness.",
                parameter: expiry.name
            )
        }
        let isNumber =
            (1...12).contains(expiry.value.utf8.count) && expiry.value.utf8.allSatisfy { (48...57).contains($0) }
        guard isNumber, let second = Int(expiry.value) else {
            throw Problem(
                .badRequest, "bad-request", "Bad request",
                detail: "\(expiry.name) must be a time in whole seconds since 1970, UTC.", parameter: expiry.name
            )
        }
        let left = second - clock.seconds()
        guard left > 0 else {
            throw Problem(.gone, "expired", "Expired", detail: "This URL has expired.", parameter: expiry.name)
        }
        pass.expiry = second
        pass.secondsLeft = left
    }
}
