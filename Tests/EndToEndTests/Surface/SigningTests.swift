import Foundation
import Testing

extension EndToEnd {
    /// URLs that only those can make who have a key.
    @Suite struct Signing {
        private let keys = ["ANYSIZE_SIGNING_KEYS": "new:0123456789abcdef-new,old:0123456789abcdef-old"]

        @Test(.timeLimit(.minutes(1)))
        func whatTheCommandSignsIsServedAndNothingElse() async throws {
            try await withService(environment: keys) { service in
                let client = service.client
                let id = try await client.upload(Materials.fixture("photo.jpg")).id
                for arguments in [[], ["--key", "old"], ["--expires", "1h"], ["--expires", "30"]] {
                    for target in ["/img/\(id)?w=50", "/img/\(id)", "/img/\(id)/info"] {
                        let outcome = try await Program.run(["sign", target] + arguments, environment: keys)
                        try #require(outcome.code == 0, "\(outcome.errors)")
                        let signed = outcome.text.trimmingCharacters(in: .newlines)
                        for _ in 0..<3 { #expect(try await client.get(signed).status == 200) }
                        let other = signed.replacing("/img/\(id)", with: "/img/other")
                        #expect(try await client.get(other).problem?.type == "urn:anysize:problem:bad-signature")
                    }
                }
                for target in ["/img/\(id)?w=50", "/img/\(id)/info", "/img/\(id)/original", "/img/other"] {
                    #expect(try await client.get(target).problem?.type == "urn:anysize:problem:no-signature")
                }
            }
        }

        @Test(.timeLimit(.minutes(1)))
        func aURLEndsInTimeOnAConnectionThatHasSeenItToo() async throws {
            try await withService(environment: keys) { service in
                let client = service.client
                let id = try await client.upload(Materials.fixture("odd.jpg")).id
                let outcome = try await Program.run(
                    ["sign", "/img/\(id)?w=20", "--expires", "3", "--json"], environment: keys)
                struct Signed: Decodable {
                    let url: String
                    let expires: Int
                }
                let signed = try JSONDecoder().decode(Signed.self, from: outcome.output)
                var last = 200
                while Int(Date.now.timeIntervalSince1970) < signed.expires {
                    let answer = try await client.get(signed.url)
                    // The second may have ended on the way.
                    guard Int(Date.now.timeIntervalSince1970) < signed.expires else { break }
                    last = answer.status
                    #expect(answer.status == 200)
                    try await Task.sleep(for: .milliseconds(50))
                }
                #expect(last == 200)
                // The service's clock is the kernel's coarse one, which lags by up to a tick.
                try await Task.sleep(for: .milliseconds(20))
                for _ in 0..<3 {
                    let answer = try await client.get(signed.url)
                    #expect(answer.status == 410 && answer.problem?.type == "urn:anysize:problem:expired")
                }
            }
        }

        @Test(.timeLimit(.minutes(1)))
        func everyURLOfASrcsetIsSignedAndWarmNeedsNoSignature() async throws {
            let key = try await NewKey.create("app", scopes: "upload,read")
            let environment = keys.merging(["ANYSIZE_API_KEYS": key.entry, "ANYSIZE_SIGNING_BYTES": "16"]) { $1 }
            try await withService(environment: environment) { service in
                let answer = try await service.client.post(Materials.fixture("photo.jpg"), key.headers)
                let info = try answer.json(OriginalInfo.self)
                let srcset = try #require(info.srcset)
                for candidate in srcset.split(separator: ",").map({ $0.split(separator: " ")[0] }) {
                    #expect(try await service.client.get(String(candidate)).status == 200)
                }
                let warm = try await Program.run(
                    ["warm", "--url", "http://127.0.0.1:\(service.port)", "--recipes", "w=77"],
                    environment: ["ANYSIZE_KEY": key.secret])
                #expect(warm.code == 0, "\(warm.errors) \(warm.text)")
                #expect(try await service.client.variant(info.id, "w=77").status == 403)
                #expect(try await service.client.variant(info.id, "w=77", key.headers).status == 200)
            }
        }

        @Test(.timeLimit(.minutes(1)))
        func presetsComeFromTheSettingsFile() async throws {
            try await Scratch.withDirectory { directory in
                let file = directory + "/settings.yaml"
                try Data("presets:\n  card: w=90&h=60&fit=cover&format=png\n  locked: true\n".utf8)
                    .write(to: URL(filePath: file))
                try await withService(environment: ["ANYSIZE_CONFIG": file]) { service in
                    let upload = try await service.client.post(Materials.fixture("photo.jpg"))
                    let id = try upload.json(OriginalInfo.self).id
                    let answer = try await service.client.variant(id, "preset=card")
                    #expect(PictureHeader(answer.body)?.size == Size(width: 90, height: 60))
                    #expect(answer["Content-Type"] == "image/png")
                    for query in ["", "w=90", "preset=card&w=91", "preset=other"] {
                        #expect(try await service.client.variant(id, query).status == 400)
                    }
                }
                let config = try await Program.run(["config", "--config", file])
                #expect(config.text.contains("card:w=90&h=60&fit=cover&format=png"))
            }
        }
    }
}
