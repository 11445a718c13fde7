import AnysizeTesting
import Foundation
import Testing

extension EndToEnd {
    /// Variants made beforehand, and originals looked at again, while the service runs.
    @Suite struct WarmingAndVerifying {
        /// What `anysize warm --json` prints.
        private struct PrintedWarm: Decodable {
            let originals: Int
            let rendered: Int
            let present: Int
            let shared: Int
            let refused: Int
            let kinds: [String: Int]
        }

        /// The lines of `anysize verify --json`.
        private struct VerifyLine: Decodable {
            let kind: String?
            let id: String?
            let sound: Int?
            let damaged: Int?
            let missing: Int?
            let variantsSame: Int?
            let variantsDiffer: Int?
            let done: Bool?
        }

        private func upload(_ count: Int, to client: HTTPClient) async throws -> [String] {
            var ids: [String] = []
            for _ in 0..<count {
                let bytes = try Materials.uniqueJPEG(commentOf: .random(in: 16...3000), of: "orientation_1.jpg")
                ids.append(try await client.upload(bytes).id)
            }
            return ids
        }

        @Test(.timeLimit(.minutes(1)))
        func whatWasWarmedIsAHit() async throws {
            try await Scratch.withDirectory { directory in
                try await withService { service in
                    let ids = try await upload(12, to: service.client)
                    let recipes = ["w=50", "w=60&format=webp"]
                    let base = ["warm", "--url", "http://127.0.0.1:\(service.port)", "--json", "--recipes"] + recipes
                    let first = try await Program.run(base)
                    let made = try JSONDecoder().decode(PrintedWarm.self, from: first.output)
                    #expect(first.code == 0 && made.originals == 12 && made.rendered == 24 && made.present == 0)
                    for id in ids {
                        for recipe in recipes {
                            #expect(try await service.client.variant(id, recipe).origin == "memory")
                        }
                    }
                    let again = try JSONDecoder().decode(PrintedWarm.self, from: try await Program.run(base).output)
                    #expect(again.present == 24 && again.rendered == 0)

                    // By name, one of which nobody has.
                    let file = directory + "/ids"
                    try Data((ids.prefix(3) + ["nobody"]).joined(separator: "\n").utf8).write(to: URL(filePath: file))
                    let named = try await Program.run(base + ["--ids", file])
                    let some = try JSONDecoder().decode(PrintedWarm.self, from: named.output)
                    #expect(named.code == 1 && some.present == 6 && some.kinds == ["unknown-original": 2])
                }
            }
        }

        @Test(.timeLimit(.minutes(1)))
        func aFlippedBitATruncatedFileAndAMissingOneAreFoundBesideTheRunningService() async throws {
            try await withService { service in
                let ids = try await upload(9, to: service.client)
                let verify = ["verify", "--json", "--data-directory", service.dataDirectory]
                let before = try await Program.run(verify)
                #expect(before.code == 0, "\(before.errors)")
                #expect(try lines(before).last?.sound == 9)

                let files = try ids.prefix(3).map { try bytesFile(of: $0, in: service.dataDirectory) }
                try change(files[0]) { $0[$0.count / 2] ^= 4 }
                try change(files[1]) { $0.removeLast(100) }
                try FileManager.default.removeItem(atPath: files[2])
                // A service that runs is asked all the while, and something is being written.
                let (client, done) = (service.client, Flag())
                async let uploads: Void = {
                    while !done.isRaised {
                        let id = try await upload(1, to: client)[0]
                        _ = try await client.send("DELETE", "/img/\(id)")
                    }
                }()
                let after = try await Program.run(verify)
                done.raise()
                try await uploads
                let found = try lines(after)
                #expect(after.code == 1)
                let kinds = Dictionary(
                    uniqueKeysWithValues: found.compactMap { line in line.id.map { ($0, line.kind ?? "") } })
                #expect(kinds == [ids[0]: "damaged", ids[1]: "damaged", ids[2]: "missing"], "\(after.text)")
                let summary = try #require(found.last)
                #expect(summary.damaged == 2 && summary.missing == 1 && summary.done == true)
                #expect((summary.sound ?? 0) >= 6)
                // It has disturbed nothing: the service stores and serves.
                #expect(try await service.client.variant(ids[5], "w=40").status == 200)

                let compared = try await Program.run(
                    verify + [
                        "--recipes", "w=50", "w=60&format=webp", "--sample", "9", "--url",
                        "http://127.0.0.1:\(service.port)",
                    ])
                let variants = try #require(try lines(compared).last)
                #expect(
                    compared.code == 1 && variants.variantsSame == 12 && variants.variantsDiffer == 0,
                    "\(compared.text)")
            }
        }

        @Test(.timeLimit(.minutes(1)))
        func withoutAStoreThereIsNothingToVerifyAndNothingIsMade() async throws {
            try await Scratch.withDirectory { directory in
                let outcome = try await Program.run(["verify", "--data-directory", directory + "/none"])
                #expect(outcome.code == 2 && outcome.errors.contains("can't be used"))
                #expect(try FileManager.default.contentsOfDirectory(atPath: directory).isEmpty)
            }
        }

        @Test(.timeLimit(.minutes(1)))
        func `a bucket is verified beside the service, and one that isn't there is an error`() async throws {
            let seaweed = try await SeaweedServer.shared
            let prefix = "verify-\(UUID().uuidString.prefix(8).lowercased())"
            let settings = [
                "store.url":
                    "s3://\(SeaweedServer.bucket)/\(prefix)?endpoint=http://127.0.0.1:\(seaweed.port)&region=us-east-1",
                "store.key.id": SeaweedServer.accessKeyID,
            ]
            let environment = ["ANYSIZE_STORE_KEY_SECRET": SeaweedServer.secretAccessKey]
            try await withService(settings, environment: environment) { service in
                let ids = try await upload(4, to: service.client)
                _ = try await service.client.send("DELETE", "/img/\(ids[0])")
                let words = ["verify", "--json"] + settings.flatMap { ["--" + $0.replacing(".", with: "-"), $1] }
                let outcome = try await Program.run(words, environment: environment)
                let found = try lines(outcome)
                #expect(outcome.code == 0 && found.count == 1, "\(outcome.errors)")
                #expect(
                    found.last?.sound == 3 && found.last?.damaged == 0 && found.last?.done == true, "\(outcome.text)")
            }
            let nobody = try await Program.run(["verify", "--store-url", "s3://bucket?endpoint=http://127.0.0.1:9"])
            #expect(nobody.code == 2 && !nobody.errors.isEmpty)
        }

        private func lines(_ outcome: Program.Outcome) throws -> [VerifyLine] {
            try outcome.text.split(separator: "\n").map {
                try JSONDecoder().decode(VerifyLine.self, from: Data($0.utf8))
            }
        }

        private func bytesFile(of id: String, in directory: String) throws -> String {
            let originals = directory + "/originals"
            let names = FileManager.default.enumerator(atPath: originals)?.compactMap { $0 as? String } ?? []
            let name = names.first { $0.contains("/\(id)~") && !$0.hasSuffix("~record") }
            return originals + "/" + (try #require(name))
        }

        private func change(_ path: String, _ body: (inout Data) -> Void) throws {
            var bytes = try Data(contentsOf: URL(filePath: path))
            body(&bytes)
            try bytes.write(to: URL(filePath: path))
        }
    }
}
