import Foundation
import Testing

extension EndToEnd {
    /// Helpers on a system that can't shut them in completely.
    @Suite struct SandboxDemand {
        @Test(.timeLimit(.minutes(1)))
        func whatIsMissingIsSaidAndTheServiceWorks() async throws {
            try await withService(["helper.sandbox": "available"], launcher: Program.withoutLandlock) { service in
                _ = try await service.client.upload(Materials.fixture("odd.jpg"))
                let line = service.log.split(separator: "\n").first { $0.contains("sandbox.missing") }
                #expect(line?.contains("landlock") == true && line?.contains("seccomp") == false, "\(service.log)")
            }
        }

        @Test(.timeLimit(.minutes(1)))
        func aSandboxThatMustBeWholeStopsTheStart() async throws {
            try await Scratch.withDirectory { directory in
                let started = ContinuousClock.now
                let words = [
                    try Program.path, "serve", "--http-port", "0", "--operations-port", "0", "--data-directory",
                    directory + "/data", "--helper-sandbox", "required",
                ]
                let launcher = Program.withoutLandlock
                let outcome = try await Program.run(launcher[0], Array(launcher.dropFirst()) + words)
                #expect(outcome.code == 70)
                #expect(ContinuousClock.now - started < .seconds(10))
                #expect(outcome.errors.contains("landlock") && outcome.errors.contains("required"), "\(outcome.errors)")
            }
        }

        /// Without it no file can be left open, the fonts' neither, and a page would come without its text.
        @Test(.timeLimit(.minutes(1)))
        func pagesAreNotTakenWithoutLandlock() async throws {
            try await Scratch.withDirectory { directory in
                let words = [
                    try Program.path, "render", Materials.root + "/Fixtures/extra/two_pages.pdf", "--formats-extra",
                    "pdf",
                    "--output", directory + "/page.png",
                ]
                let launcher = Program.withoutLandlock
                let outcome = try await Program.run(launcher[0], Array(launcher.dropFirst()) + words)
                #expect(outcome.code != 0 && outcome.errors.contains("Landlock"), "\(outcome.errors)")
            }
        }
    }
}
