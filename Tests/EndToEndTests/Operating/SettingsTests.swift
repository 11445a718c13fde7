import Foundation
import Testing

extension EndToEnd {
    /// What stops a start.
    @Suite struct BadSettings {
        @Test(.timeLimit(.minutes(1)))
        func everyBadSettingIsNamedAtOnce() async throws {
            let outcome = try await Program.run(
                ["serve", "--http-port", "70000", "--data-directory", "/nowhere"],
                environment: ["ANYSIZE_RENDER_THREADS": "many"]
            )
            #expect(outcome.code == 78)
            #expect(outcome.errors.contains("http.port") && outcome.errors.contains("70000"))
            #expect(outcome.errors.contains("render.threads") && outcome.errors.contains("many"))
            #expect(!outcome.errors.contains("data.directory"))
        }

        @Test(.timeLimit(.minutes(1)))
        func aMistypedSettingIsNamed() async throws {
            let flag = try await Program.run(["serve", "--http-prot", "80"])
            #expect(flag.code == 64)
            #expect(flag.errors.contains("--http-prot") && flag.errors.contains("--http-port"))
            // Others may set variables of our prefix, so those are told and not refused.
            let variable = try await Program.run(["config"], environment: ["ANYSIZE_HTTP_PROT": "80"])
            #expect(variable.code == 0)
            #expect(variable.errors.contains("ANYSIZE_HTTP_PROT") && variable.errors.contains("ANYSIZE_HTTP_PORT"))
        }

        @Test(.timeLimit(.minutes(1)))
        func withoutKeysOnlyALoopbackAddressIsServed() async throws {
            let outcome = try await Program.run(["serve", "--http-host", "0.0.0.0", "--http-port", "0"])
            #expect(outcome.code == 78)
            #expect(outcome.errors.contains("api.keys") && outcome.errors.contains("http.host"))
        }

        @Test(.timeLimit(.minutes(1)))
        func withKeysEveryAddressIsServed() async throws {
            let key = try await NewKey.create("app", scopes: "upload")
            try await withService(["http.host": "0.0.0.0"], environment: ["ANYSIZE_API_KEYS": key.entry]) { service in
                let answer = try await service.client.post(Materials.fixture("odd.jpg"))
                #expect(answer.status == 401)
            }
        }

        @Test(.timeLimit(.minutes(1)))
        func aPortInUseStopsTheStart() async throws {
            try await Scratch.withDirectory { directory in
                let taken = try RawListener(port: 0)
                let started = ContinuousClock.now
                let outcome = try await Program.run([
                    "serve", "--http-port", "\(taken.port)", "--operations-port", "0", "--data-directory",
                    directory + "/data",
                ])
                #expect(outcome.code == 70)
                #expect(ContinuousClock.now - started < .seconds(5))
                #expect(outcome.errors.lowercased().contains("in use"), "\(outcome.errors)")
            }
        }
    }
}
