import Foundation
import Testing

extension EndToEnd {
    /// The commands besides `serve`.
    @Suite struct Commands {
        @Test(.timeLimit(.minutes(1)))
        func renderMakesTheVariantThatTheServiceMakes() async throws {
            try await Scratch.withDirectory { directory in
                let original = Materials.fixtures("originals").first { $0.lastPathComponent == "photo.jpg" }
                let file = try #require(original).path()
                let output = directory + "/small.webp"
                let recipe = "w=320&format=webp"
                let made = try await Program.run(["render", file, "--recipe", recipe, "--output", output, "--json"])
                #expect(made.code == 0, "\(made.errors)")
                struct Report: Decodable {
                    let format: String
                    let width: Int
                    let height: Int
                    let bytes: Int
                }
                let report = try JSONDecoder().decode(Report.self, from: made.output)
                let bytes = try Data(contentsOf: URL(filePath: output))
                #expect(report.format == "webp" && report.width == 320 && report.height == 213)
                #expect(report.bytes == bytes.count)
                #expect(PictureHeader(bytes)?.size == Size(width: 320, height: 213))

                let piped = try await Program.run(["render", file, "--recipe", recipe, "--output", "-"])
                #expect(piped.code == 0 && piped.output == bytes)
                try await withService { service in
                    let id = try await service.client.upload(Data(contentsOf: URL(filePath: file))).id
                    #expect(try await service.client.variant(id, recipe).body == bytes)
                }
            }
        }

        @Test(.timeLimit(.minutes(1)))
        func renderTellsAWrongRecipeFromABadFileFromAMissingOne() async throws {
            try await Scratch.withDirectory { directory in
                let output = directory + "/out"
                let photo = Materials.fixtures("originals").first { $0.lastPathComponent == "photo.jpg" }
                let bad = Materials.fixtures("hostile").first { $0.lastPathComponent == "lying_text.jpg" }
                let (file, text) = (try #require(photo).path(), try #require(bad).path())
                let recipe = try await Program.run(["render", file, "--recipe", "w=0", "--output", output])
                #expect(recipe.code == 64 && recipe.errors.contains("w must be"))
                #expect(try await Program.run(["render", text, "--output", output]).code == 65)
                let missing = try await Program.run(["render", directory + "/none.jpg", "--output", output])
                #expect(missing.code == 74 && missing.errors.contains("none.jpg"))
                #expect(!FileManager.default.fileExists(atPath: output))
            }
        }

        @Test(.timeLimit(.minutes(1)))
        func doctorFindsAllWellHere() async throws {
            try await Scratch.withDirectory { directory in
                struct Finding: Decodable {
                    let what: String
                    let isWell: Bool
                    let detail: String
                }
                let outcome = try await Program.run(["doctor", "--json", "--data-directory", directory + "/data"])
                let findings = try JSONDecoder().decode([Finding].self, from: outcome.output)
                #expect(outcome.code == 0, "\(outcome.text)")
                for finding in findings { #expect(finding.isWell, "\(finding.what): \(finding.detail)") }
                let names = Set(findings.map(\.what))
                #expect(names.isSuperset(of: ["libvips", "loaders", "jpeg", "png", "webp", "gif", "avif", "heic"]))

                let blocked = try await Program.run(["doctor", "--json", "--data-directory", "/proc/none"])
                #expect(blocked.code == 1)
                let bad = try JSONDecoder().decode([Finding].self, from: blocked.output).filter { !$0.isWell }
                #expect(bad.map(\.what) == ["data directory"])
            }
        }

        @Test(.timeLimit(.minutes(1)))
        func configTellsEachSettingAndItsOriginAndMasksDigests() async throws {
            let key = try await NewKey.create("app", scopes: "upload")
            let outcome = try await Program.run(
                ["config", "--json", "--http-port", "1234"],
                environment: ["ANYSIZE_RENDER_THREADS": "3", "ANYSIZE_API_KEYS": key.entry]
            )
            #expect(outcome.code == 0, "\(outcome.errors)")
            let all = try #require(try JSONSerialization.jsonObject(with: outcome.output) as? [String: [String: Any]])
            #expect(all["http.port"]?["value"] as? Int == 1234)
            #expect(all["render.threads"]?["value"] as? Int == 3)
            #expect(all["upload.bytes.max"]?["value"] as? Int == 50_000_000)
            let origins = ["http.port", "render.threads", "upload.bytes.max"].map {
                all[$0]?["origin"] as? String ?? ""
            }
            #expect(Set(origins).count == 3, "\(origins)")
            let digest = try #require(key.entry.split(separator: ":").last)
            #expect(!outcome.text.contains(digest) && !outcome.text.contains(key.secret))
        }

        @Test(.timeLimit(.minutes(1)))
        func healthTellsARunningServiceFromNone() async throws {
            let port = try RawConnection.freePort()
            let flags = ["--operations-port", "\(port)"]
            #expect(try await Program.run(["health"] + flags).code == 1)
            try await withService { service in
                let flags = ["--operations-port", "\(service.operationsPort)"]
                let alive = try await Program.run(["health"] + flags)
                #expect(alive.code == 0 && alive.text == "ok\n")
                let isReady = try await eventually(within: 5) {
                    try await Program.run(["health", "--ready"] + flags).code == 0
                }
                #expect(isReady)
            }
        }
    }
}
