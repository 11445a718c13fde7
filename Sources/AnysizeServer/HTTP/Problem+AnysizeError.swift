package import AnysizeCore
import HTTPTypes

extension Problem {
    /// The one way from errors to HTTP. A case that is forgotten doesn't compile.
    package init(_ error: AnysizeError) {
        switch error {
        case .badRecipe(let error):
            self.init(.badRequest, "bad-recipe", "Bad recipe", detail: error.detail, parameter: error.parameter)
        case .badRequest(let parameter, let detail):
            self.init(.badRequest, "bad-request", "Bad request", detail: detail, parameter: parameter)
        case .unknownOriginal:
            self.init(.notFound, "unknown-original", "Unknown original", detail: "There is no original of this id.")
        case .deletedOriginal:
            self.init(
                .gone, "deleted-original", "Deleted original", detail: "The original of this id has been deleted.")
        case .unknownOverlay(isDeleted: false):
            self.init(
                .notFound, "unknown-overlay", "Unknown overlay",
                detail: "There is no original of the id that overlay names.", parameter: "overlay")
        case .unknownOverlay(isDeleted: true):
            self.init(
                .gone, "deleted-overlay", "Deleted overlay",
                detail: "The original that overlay names has been deleted.", parameter: "overlay")
        case .preconditionFailed:
            self.init(
                .preconditionFailed, "precondition-failed", "Precondition failed",
                detail: "The original's present version doesn't fulfil the request's condition."
            )
        case .tooManyBytes(let max):
            self.init(
                .contentTooLarge, "too-many-bytes", "Too many bytes", detail: "An upload may have at most \(max) bytes."
            )
            members = ["max": max]
        case .unsupportedFormat:
            self.init(
                .unsupportedMediaType, "unsupported-format", "Unsupported format",
                detail:
                    "The content is not a JPEG, PNG, WebP, GIF, AVIF or HEIC image, nor of a format that the setting formats.extra names. Its name and declared type play no part."
            )
        case .formatIsOff(let format):
            self.init(
                .unsupportedMediaType, "unsupported-format", "Unsupported format",
                detail:
                    "The content is \(format.name), which is taken only where the setting formats.extra names \(format.rawValue)."
            )
        case .undecodable(let reason):
            self.init(.unprocessableContent, "undecodable", "Unprocessable image", detail: reason)
        case .setAside(let reason, let seconds):
            self.init(
                .unprocessableContent, "set-aside", "Image set aside",
                detail: reason.sentence
                    + (seconds.map { " It is not tried again for \($0) s." } ?? " It is not tried again.")
            )
            // Whoever shows the picture need not ask again for a while either.
            headers[.retryAfter] = seconds.map { "\($0)" }
            maxAgeSeconds = min(60, seconds ?? 60)
        case .beyondLimit(let name, let actual, let max):
            self.init(
                .unprocessableContent, "beyond-limit", "Image beyond a limit",
                detail: "The image's \(name) is \(actual); at most \(max) is allowed.", parameter: name
            )
            members = ["actual": actual, "max": max]
        case .resultTooLarge(let byteCount, let max):
            self.init(
                .unprocessableContent, "result-too-large", "Result too large",
                detail:
                    "Of the results that were tried, the smallest has \(byteCount) bytes; ask for fewer pixels, another format or a larger max-bytes.",
                parameter: "max-bytes"
            )
            members = ["actual": byteCount, "max": max]
        case .overloaded(let seconds):
            self.init(
                .serviceUnavailable, "overloaded", "Overloaded",
                detail: "There is more work than can be done in time. Try again in \(seconds) s."
            )
            headers[.retryAfter] = "\(seconds)"
        case .rateLimited(let client, let work, let seconds):
            // Told who is meant: where it is a proxy, the operator learns what to set.
            let what = work == .render ? "new variants" : "uploads"
            self.init(
                .tooManyRequests, "rate-limited", "Rate limited",
                detail: "The client \(client) has asked for more \(what) than it may. Try again in \(seconds) s."
            )
            headers[.retryAfter] = "\(seconds)"
        case .deadlinePassed:
            self.init(
                .gatewayTimeout, "deadline-passed", "Deadline passed", detail: "The work could not be finished in time."
            )
        case .storeFull:
            self.init(
                HTTPResponse.Status(code: 507, reasonPhrase: "Insufficient Storage"), "store-full", "Store full",
                detail: "The disk or quota of the store of originals is full."
            )
        case .storeFailed(let cause):
            self.init(
                .badGateway, "store-failed", "Store failed", detail: "The store of originals does not work right now.")
            // About as long as it takes to notice that it works again.
            headers[.retryAfter] = "5"
            self.cause = cause
        case .originalDamaged:
            self.init(
                .badGateway, "original-damaged", "Original damaged",
                detail: "The stored bytes of this original are not those that were uploaded."
            )
            cause = "stored bytes differ from their digest"
        case .callerGone:
            // Nobody reads this; the number is the one that proxies use in their logs.
            self.init(
                HTTPResponse.Status(code: 499, reasonPhrase: "Client Closed Request"), "caller-gone", "Caller gone",
                detail: "The caller has left."
            )
        case .defect(let cause):
            self.init(
                .internalServerError, "defect", "Internal error",
                detail: "A defect of the service. The request's id finds it in the log."
            )
            self.cause = cause
        }
    }
}
