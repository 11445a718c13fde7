/// Lets one node of several render a variant, and the others have its result. Never fails: where nobody can be asked, it says so.
package protocol RenderLeases: Sendable {
    /// Asks for the lease of a key, or for the result that another holder of it has just left.
    /// - Parameter token: names this attempt and no other.
    func take(_ key: VariantKey, _ token: String) async -> LeaseState
    /// Keeps a lease that would run out, or takes it back where it has and nobody else has it.
    func renew(_ key: VariantKey, _ token: String) async
    /// Gives a lease back, with the result for those who wait, or word of it where it is
    /// too large; nil where there is none. Without effect where the lease has run out
    /// and is another's by now.
    func end(_ key: VariantKey, _ token: String, _ variant: Variant?) async
    /// How it stands, for one who waits.
    func look(_ key: VariantKey) async -> LeaseState
}

/// See ``RenderLeases``.
package enum LeaseState: Sendable {
    /// Nobody has it: after ``RenderLeases/take(_:_:)``, that is, the caller has it now.
    case free
    case held
    case result(Variant)
    /// It was made just now, and is too large to be handed over.
    case made
    /// Nobody can tell.
    case unknown
}
