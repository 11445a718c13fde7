/// At most one running render of a variant in all nodes together, as ``SingleFlight`` has it in one.
///
/// Whoever holds the lease renders; the others look again and again for its result. A holder that dies lets the lease run out, and one
/// of those who wait takes over. Where leases can't be had, every node renders for itself: that is slower, and never wrong.
package struct ClusterFlight: Sendable {
    private let leases: any RenderLeases

    /// A third of the time after which a lease runs out, so that one renewal may be lost.
    package static let renewal = Duration.milliseconds(300)
    /// How long nothing may be heard of a lease that somebody else holds.
    private static let blindness = Duration.milliseconds(300)
    /// Of the first wait for another's result, and of the longest.
    private static let waits = (first: Duration.milliseconds(10), longest: Duration.milliseconds(80))

    package init(_ leases: any RenderLeases) { self.leases = leases }

    /// What became of it: the caller's own result, or another node's.
    package enum Landing<Own: Sendable>: Sendable {
        case own(Own)
        case other(Variant)
    }

    /// - Parameters:
    ///   - render: runs at most once.
    ///   - variant: of what was rendered, for the others.
    package func land<Own: Sendable>(
        _ key: VariantKey, by deadline: ContinuousClock.Instant,
        render: @Sendable () async throws(AnysizeError) -> Own, variant: (Own) -> Variant
    ) async throws(AnysizeError) -> Landing<Own> {
        let token = String(UInt64.random(in: .min ... .max), radix: 36)
        var wait = Self.waits.first
        while true {
            switch await leases.take(key, token) {
            case .unknown, .made: return .own(try await render())
            case .result(let variant): return .other(variant)
            case .free: return .own(try await lead(key, token, render, variant))
            case .held: break
            }
            var blindSince: ContinuousClock.Instant?
            waiting: while true {
                guard ContinuousClock.now + wait < deadline else { throw .deadlinePassed }
                do { try await Task.sleep(for: wait) } catch { throw .callerGone }
                wait = min(wait * 2, Self.waits.longest)
                switch await leases.look(key) {
                case .held: blindSince = nil
                case .result(let variant): return .other(variant)
                // Once more on each node, all at once: in turn the last of many would wait for all others.
                case .made: return .own(try await render())
                case .unknown:
                    // The other one renders on, whatever has become of the leases. Not all who wait for it render as well, only
                    // because of a moment's silence.
                    let since = blindSince ?? .now
                    blindSince = since
                    if .now - since > Self.blindness { return .own(try await render()) }
                case .free: break waiting
                }
            }
        }
    }

    private func lead<Own: Sendable>(
        _ key: VariantKey, _ token: String, _ render: @Sendable () async throws(AnysizeError) -> Own,
        _ variant: (Own) -> Variant
    ) async throws(AnysizeError) -> Own {
        do throws(AnysizeError) {
            let own = try await renewing(key, token, render)
            await leases.end(key, token, variant(own))
            return own
        } catch {
            await leases.end(key, token, nil)
            throw error
        }
    }

    /// Keeps the lease during the render, and not a moment longer: one that is renewed after its end would hold everybody up.
    private func renewing<Own: Sendable>(
        _ key: VariantKey, _ token: String, _ render: @Sendable () async throws(AnysizeError) -> Own
    ) async throws(AnysizeError) -> Own {
        let leases = leases
        // Ends with this function.
        async let _: Void = {
            while !Task.isCancelled {
                do { try await Task.sleep(for: Self.renewal) } catch { return }
                await leases.renew(key, token)
            }
        }()
        return try await render()
    }
}
