/// Everything a caller of Anysize can tell apart. The server turns each into one answer, exhaustively.
package enum AnysizeError: Error, Sendable {
    /// The recipe can't be taken, or not for this original.
    case badRecipe(RecipeError)
    /// Something else of the request is malformed; the parameter or header at fault, and a sentence.
    case badRequest(parameter: String?, detail: String)
    /// No original of that id was ever stored, as far as is known.
    case unknownOriginal
    /// There was one, and it has been deleted.
    case deletedOriginal
    /// The original that the recipe puts on the picture isn't there, or not any more.
    case unknownOverlay(isDeleted: Bool)
    /// The caller's condition on the original's version doesn't hold.
    case preconditionFailed
    /// More bytes than an upload may have.
    case tooManyBytes(max: Int)
    /// Not an image of a format on the list.
    case unsupportedFormat
    /// Of a format that is taken only where a setting says so, and it doesn't.
    case formatIsOff(ImageFormat)
    /// An image of a format on the list that can't be decoded whole; a short reason in our own words.
    case undecodable(reason: String)
    /// Decoding the original failed badly a while ago, and isn't tried again for the time being.
    case setAside(FailureReason, retryAfterSeconds: Int?)
    /// A sound file beyond a limit; the limit's name, what the file has, and what is allowed.
    case beyondLimit(name: String, actual: Int, max: Int)
    /// No quality makes the result as small as was asked for; the smallest that was reached, in bytes.
    case resultTooLarge(byteCount: Int, max: Int)
    /// Refused so that what is accepted can be served.
    case overloaded(retryAfterSeconds: Int)
    /// The client has had more of this lately than it may; the client by its name, which it didn't choose.
    case rateLimited(client: String, LimitedWork, retryAfterSeconds: Int)
    /// Accepted, but not done in time.
    case deadlinePassed
    /// The store has no room.
    case storeFull
    /// The store doesn't work; the cause is for logs.
    case storeFailed(cause: String)
    /// The stored bytes are not those that were acknowledged; never served, never rendered.
    case originalDamaged
    /// Whoever asked has left; nobody is there to be answered.
    case callerGone
    /// Our own fault; the cause is for logs.
    case defect(cause: String)
}

extension AnysizeError {
    /// Narrows what a task or a sequence throws without a type.
    package init(narrowing error: any Error) {
        switch error {
        case let error as AnysizeError: self = error
        case let error as RecipeError: self = .badRecipe(error)
        case is CancellationError: self = .callerGone
        default: self = .defect(cause: "\(error)")
        }
    }
}
