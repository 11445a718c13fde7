import Foundation
import Testing

extension EndToEnd {
    /// Keys and what they allow.
    @Suite struct Access {
        @Test(.timeLimit(.minutes(1)))
        func eachScopeAllowsItsOwnRequestsOnly() async throws {
            var keys: [String: NewKey] = [:]
            for scope in ["upload", "delete", "read"] { keys[scope] = try await .create(scope, scopes: scope) }
            let entries = keys.values.map(\.entry).joined(separator: ",")
            try await withService(environment: ["ANYSIZE_API_KEYS": entries]) { service in
                let client = service.client
                let picture = try Materials.fixture("odd.jpg")
                let upload = try #require(keys["upload"])
                let id = try await client.post(picture, upload.headers).json(OriginalInfo.self).id
                let requests: [(scope: String, method: String, path: String, body: Data?)] = [
                    ("upload", "POST", "/img", picture), ("upload", "PUT", "/img/name", picture),
                    ("read", "GET", "/img/\(id)/original", nil), ("read", "GET", "/img", nil),
                    ("read", "GET", "/img/\(id)?w=9&metadata=keep", nil), ("delete", "DELETE", "/img/\(id)", nil),
                ]
                for request in requests {
                    try await checkAccess(client, request.method, request.path, request.body, request.scope, keys)
                }
            }
        }

        @Test(.timeLimit(.minutes(1)))
        func variantsAndFactsNeedNoKey() async throws {
            let key = try await NewKey.create("app", scopes: "upload,read,delete")
            try await withService(environment: ["ANYSIZE_API_KEYS": key.entry]) { service in
                let client = service.client
                let id = try await client.post(Materials.fixture("photo.jpg"), key.headers).json(OriginalInfo.self).id
                let variant = try await client.variant(id, "w=50")
                #expect(variant.status == 200)
                let info = try await client.get("/img/\(id)/info")
                #expect(info.status == 200)
                let options = try await client.send("OPTIONS", "/img")
                #expect(options.status == 204)
                #expect(options["Access-Control-Allow-Methods"]?.contains("DELETE") == true)
            }
        }

        /// What the command prints for people, followed to the letter.
        @Test(.timeLimit(.minutes(1)))
        func whatKeysCreatePrintsWorksWhenExported() async throws {
            let outcome = try await Program.run(["keys", "create", "my-app", "--scopes", "upload"])
            #expect(outcome.code == 0)
            let lines = outcome.text.split(separator: "\n").map { $0.trimmingCharacters(in: .whitespaces) }
            let export = try #require(lines.first { $0.hasPrefix("export ANYSIZE_API_KEYS=") })
            let header = try #require(lines.first { $0.hasPrefix("Authorization: ") })
            let shell = try await Program.run("/bin/sh", ["-c", export + "; printf %s \"$ANYSIZE_API_KEYS\""])
            try await withService(environment: ["ANYSIZE_API_KEYS": shell.text]) { service in
                let value = String(header.dropFirst("Authorization: ".count))
                let answer = try await service.client.post(
                    Materials.fixture("odd.jpg"), ["Authorization": value])
                #expect(answer.status == 201)
            }
        }
    }
}

/// Nobody, the wrong keys and the right one, in that order.
private func checkAccess(
    _ client: HTTPClient, _ method: String, _ path: String, _ body: Data?, _ scope: String, _ keys: [String: NewKey]
) async throws {
    let what: Comment = "\(method) \(path)"
    for headers in [[:], ["Authorization": "Bearer wrong"], ["Authorization": "Basic YTpi"]] {
        let answer = try await client.send(method, path, headers, body: body)
        #expect(answer.status == 401, what)
        #expect(answer["WWW-Authenticate"]?.hasPrefix("Bearer") == true, what)
        #expect(answer.problem?.parameter == "Authorization", what)
    }
    for (other, key) in keys where other != scope {
        let answer = try await client.send(method, path, key.headers, body: body)
        #expect(answer.status == 403, what)
        #expect(answer.problem?.type == "urn:anysize:problem:missing-scope", what)
    }
    let answer = try await client.send(method, path, keys[scope]?.headers ?? [:], body: body)
    #expect(
        answer.status == 200 || answer.status == 201, "\(method) \(path): \(answer.status) \(answer.text.prefix(200))")
}
