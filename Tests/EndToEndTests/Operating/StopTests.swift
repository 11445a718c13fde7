import Foundation
import Testing

extension EndToEnd {
    /// How the service begins and ends.
    @Suite struct StartAndStop {
        @Test(.timeLimit(.minutes(1)))
        func theListeningLineNamesBothPorts() async throws {
            for _ in 0..<8 {
                // Port 0 is where the line is the only way to learn it.
                try await withService(["operations.port": "0"]) { service in
                    let line = try #require(ListeningLine.find(in: service.log))
                    #expect(line.port == service.port)
                    #expect(line.operationsPort != nil, "\(service.log)")
                }
            }
        }

        @Test(.timeLimit(.minutes(2)))
        func sigtermTurnsReadinessRedWhileARunningRequestStillEndsWell() async throws {
            try await withService([
                "shutdown.delay.seconds": "2", "shutdown.timeout.seconds": "120", "render.deadline.seconds": "120",
            ]) { service in
                let client = service.client
                let operations = service.operations
                let id = try await client.upload(Materials.largePhoto()).id
                let isReady = try await eventually(within: 10) { try await operations.get("/readyz").status == 200 }
                #expect(isReady)
                async let slow = client.variant(id, "w=3999&format=png")
                try await service.waitForRender()
                service.send(.term)
                let isRed = await eventually(within: 1.5) { (try? await operations.get("/readyz").status) == 503 }
                #expect(isRed)
                #expect(try await operations.get("/healthz").status == 200)
                // Still served until balancers had time to notice, and told to go elsewhere.
                let late = try await service.raw("GET /img/\(id)/info HTTP/1.1\r\nHost: localhost\r\n\r\n")
                #expect(late.status == 200 && late["Connection"] == "close")
                let answer = try await slow
                #expect(answer.status == 200 && PictureHeader(answer.body)?.size.width == 3999)
                #expect(await service.waitForEnd() == 0)
                #expect(throws: RawError.self) { try RawConnection(port: service.port) }
            }
        }

        @Test(.timeLimit(.minutes(2)))
        func aSecondSigtermStopsAtOnce() async throws {
            try await withService(["shutdown.delay.seconds": "20", "render.deadline.seconds": "120"]) { service in
                let client = service.client
                let id = try await client.upload(Materials.largePhoto()).id
                let slow = Task { try await client.variant(id, "w=3999&format=png") }
                try await service.waitForRender()
                service.send(.term)
                #expect(await eventually(within: 5) { service.log.contains("\"Draining\"") })
                let started = ContinuousClock.now
                #expect(await service.stop(.term) == 130)
                #expect(ContinuousClock.now - started < .seconds(1))
                await #expect(throws: (any Error).self) { try await slow.value }
            }
        }

        @Test(.timeLimit(.minutes(1)))
        func aSecondServiceOnTheSameDataDirectoryRefusesToStart() async throws {
            try await withService { service in
                let outcome = try await Program.run([
                    "serve", "--http-port", "0", "--operations-port", "0", "--data-directory", service.dataDirectory,
                    "--log-format", "json",
                ])
                #expect(outcome.code == 70)
                #expect(outcome.errors.contains("in use by another Anysize"))
            }
        }
    }
}
