import Foundation
import Testing

extension EndToEnd {
    /// Many callers, one render, and none where nobody is left.
    @Suite struct Flights {
        @Test(.timeLimit(.minutes(2)))
        func aHundredCallersOfOneColdVariantCostOneRender() async throws {
            try await withService { service in
                let client = service.client
                let id = try await client.upload(Materials.largePhoto()).id
                let before = try await service.metric("anysize_renders_total")
                let answers = try await withThrowingTaskGroup(of: Answer.self) { group in
                    for _ in 0..<100 { group.addTask { try await client.variant(id, "w=1200&format=webp") } }
                    return try await group.reduce(into: []) { $0.append($1) }
                }
                #expect(answers.count == 100)
                #expect(Set(answers.map(\.status)) == [200])
                #expect(Set(answers.map(\.body)).count == 1)
                #expect(try #require(PictureHeader(answers[0].body)).size == Size(width: 1200, height: 800))
                #expect(answers.count { $0.origin == "render" && $0["Cache-Status"]?.contains("stored") == true } == 1)
                #expect(try await service.metric("anysize_renders_total") == before + 1)
                #expect(try await service.metric("anysize_flights_joined_total") > 0)
                #expect(try await service.metric("anysize_flights") == 0)
                #expect(try await service.metric("anysize_waiters") == 0)
            }
        }

        @Test(.timeLimit(.minutes(3)))
        func whoStaysIsServedThoughNinetyNineOthersLeave() async throws {
            try await withService(["render.deadline.seconds": "120"]) { service in
                let id = try await service.client.upload(Materials.largePhoto()).id
                let alone = try await renderSeconds(of: id, by: service)
                let client = service.client
                async let last = client.variant(id, SlowRecipe.shared)
                try await service.waitForRender()
                try await leave(99, after: 0.02, path: "/img/\(id)?\(SlowRecipe.shared)", of: service)
                let answer = try await last
                #expect(answer.status == 200)
                #expect(PictureHeader(answer.body)?.size.width == 3999)
                // The render went on; it didn't begin anew when the others left.
                #expect(answer.seconds < alone * 2.5 + 1)
                #expect(try await service.metric("anysize_renders_total") == 2)
            }
        }

        @Test(.timeLimit(.minutes(3)))
        func aRenderStopsSoonAfterItsLastCallerHasLeft() async throws {
            try await withService(["render.deadline.seconds": "120"]) { service in
                let id = try await service.client.upload(Materials.largePhoto()).id
                let alone = try await renderSeconds(of: id, by: service)
                try #require(alone > 1.5, "too quick to be interrupted: \(alone) s")
                try await leave(100, after: 0.3, path: "/img/\(id)?\(SlowRecipe.shared)", of: service)
                let left = ContinuousClock.now
                let hasStopped = try await eventually(within: alone * 3) {
                    try await service.runningRenders() == 0
                }
                let took = (ContinuousClock.now - left) / .seconds(1)
                print("a render of \(alone) s stopped \(took) s after its last caller had left")
                #expect(hasStopped && took < max(0.5, alone / 3))
                #expect(try await service.metric("anysize_flights") == 0)
                // Had it gone on behind the scenes, it would be done and counted by the time it usually takes.
                let isCounted = try await eventually(within: alone * 1.5) {
                    try await service.metric("anysize_renders_total") > 1
                }
                #expect(!isCounted)
                let again = try await service.client.variant(id, SlowRecipe.shared)
                #expect(again.status == 200 && again.origin == "render")
            }
        }

        /// Encoders can't be interrupted, but the helper that runs one can be ended.
        @Test(.timeLimit(.minutes(2)), arguments: ["avif", "gif", "webp", "webp&lossless=1"])
        func noEncoderGoesOnWhenNobodyWaits(_ format: String) async throws {
            try await withService(["render.deadline.seconds": "120"]) { service in
                let id = try await service.client.upload(Materials.largePhoto()).id
                try await leave(4, after: 1, path: "/img/\(id)?w=3999&format=\(format)", of: service)
                let left = ContinuousClock.now
                let isIdle = try await eventually(within: 5) { try await service.runningRenders() == 0 }
                print("\(format): idle \((ContinuousClock.now - left) / .seconds(1)) s after the last caller had left")
                #expect(isIdle)
                let small = try await service.client.variant(id, "w=100&format=jpeg")
                #expect(small.status == 200 && small.detail == "render-level-4")
            }
        }
    }
}

/// Two recipes that take as long as each other, seconds: nearly the whole large photograph as PNG.
private enum SlowRecipe {
    static let first = "w=3998&format=png"
    static let shared = "w=3999&format=png"
}

/// How long the slow recipe takes with nobody else about.
private func renderSeconds(of id: String, by service: RunningService) async throws -> Double {
    let answer = try await service.client.variant(id, SlowRecipe.first)
    try #require(answer.status == 200 && answer.origin == "render")
    return answer.seconds
}

/// Lets many clients ask, and leave without an answer.
private func leave(_ count: Int, after seconds: Double, path: String, of service: RunningService) async throws {
    let port = service.port
    try await withThrowingTaskGroup(of: Void.self) { group in
        for _ in 0..<count {
            group.addTask {
                try await onOwnThread {
                    let connection = try RawConnection(port: port)
                    try connection.send("GET \(path) HTTP/1.1\r\nHost: localhost\r\n\r\n")
                    Thread.sleep(forTimeInterval: seconds)
                    connection.close()
                }
            }
        }
        try await group.waitForAll()
    }
}
