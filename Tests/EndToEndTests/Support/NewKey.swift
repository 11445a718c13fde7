import Foundation

/// A key as `anysize keys create` makes it.
struct NewKey: Decodable, Sendable {
    let name: String
    let scopes: [String]
    let secret: String
    /// For `api.keys`.
    let entry: String

    /// Headers of a request by its holder.
    var headers: [String: String] { ["Authorization": "Bearer \(secret)"] }

    static func create(_ name: String, scopes: String) async throws -> NewKey {
        let outcome = try await Program.run(["keys", "create", name, "--scopes", scopes, "--json"])
        guard outcome.code == 0 else { throw ServiceError(what: outcome.errors) }
        return try JSONDecoder().decode(NewKey.self, from: outcome.output)
    }
}
