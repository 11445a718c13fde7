import AnysizeCore
import NIOHTTP1
import Synchronization

/// Has variants rendered before anybody waits for them, by asking for them: as many at a time as the service has room for.
package struct Warmer: Sendable {
    let client: ServiceClient
    let options: Options
    package let ledger: WarmLedger
    private let contact: Contact

    package struct Options: Sendable {
        /// Queries, each a valid recipe.
        package var recipes: [String]
        /// Requests under way at once, at most.
        package var concurrencyMax: Int
        /// What requests say in `Accept`, for recipes whose format depends on it; nil to say nothing.
        package var accept: String?
        /// See ``Backoff``.
        package var patienceSeconds: Double

        package init(
            recipes: [String], concurrencyMax: Int = 16, accept: String? = nil, patienceSeconds: Double = 300
        ) {
            self.recipes = recipes
            self.concurrencyMax = concurrencyMax
            self.accept = accept
            self.patienceSeconds = patienceSeconds
        }
    }

    package init(_ options: Options, client: ServiceClient, contact: Contact, ledger: WarmLedger) {
        self.options = options
        self.client = client
        self.contact = contact
        self.ledger = ledger
    }

    /// Asks for every recipe of every id.
    package func run(_ source: consuming IDSource) async throws(WarmStop) {
        var source = source
        let stop = await withTaskGroup(of: WarmStop?.self) { group -> WarmStop? in
            var stop: WarmStop?
            var running = 0
            do throws(WarmStop) {
                feeding: while !Task.isCancelled,
                    let id = try await source.next(patienceSeconds: options.patienceSeconds)
                {
                    let original = ledger.begin(id, recipeCount: options.recipes.count)
                    for recipe in options.recipes {
                        while running >= ledger.limit {
                            stop = await group.next() ?? nil
                            running -= 1
                            if stop != nil { break feeding }
                        }
                        group.addTask { await self.warm(original, recipe) }
                        running += 1
                    }
                }
            } catch { stop = error }
            if stop != nil { group.cancelAll() }
            for await end in group { stop = stop ?? end }
            return stop ?? (Task.isCancelled ? .cancelled : nil)
        }
        ledger.noteBadLines(source.badLineCount)
        if let stop { throw stop }
    }

    /// - Returns: what makes it useless to go on; nil as a rule.
    private func warm(_ original: WarmLedger.Original, _ recipe: String) async -> WarmStop? {
        var headers: HTTPHeaders = [:]
        if let accept = options.accept { headers.add(name: "Accept", value: accept) }
        let target = "/img/\(original.id)?\(recipe)"
        // Of the present attempt.
        var ticket: WarmPace.Ticket?
        var started = ContinuousClock.now
        do throws(DeliveryError) {
            // HEAD renders and keeps what GET would, and spares both sides the bytes.
            let answer = try await client.sendPatiently(
                .HEAD, target, headers, contact: contact, patienceSeconds: options.patienceSeconds,
                waiting: { ledger.wait($0, ticket) },
                body: { () async throws(DeliveryError) in
                    (ticket, started) = (ledger.send(), .now)
                    return nil
                }
            )
            let seconds = (ContinuousClock.now - started) / .seconds(1)
            if let ticket { ledger.answered(ticket, isBusy: WarmPace.isBusy(answer, seconds: seconds)) }
            ledger.conclude(answer, of: original, recipe)
            return nil
        } catch {
            guard case .gaveUp(let detail) = error else { return WarmStop(error) }
            ledger.refuse(WarmRefusal(original.id, recipe, kind: "gave-up", detail: detail), of: original)
            return nil
        }
    }
}
