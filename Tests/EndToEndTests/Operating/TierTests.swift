import Foundation
import Testing

extension EndToEnd {
    /// Each cache tier by itself, and none.
    @Suite struct Tiers {
        @Test(.timeLimit(.minutes(1)))
        func withoutTiersEveryFetchRenders() async throws {
            try await checkTiers(
                ["cache.memory.bytes": "0", "cache.disk.bytes": "0"], second: "render", later: "render")
        }

        @Test(.timeLimit(.minutes(1)))
        func theMemoryTierAloneForgetsWithTheProcess() async throws {
            try await checkTiers(["cache.disk.bytes": "0"], second: "memory", later: "render")
        }

        @Test(.timeLimit(.minutes(1)))
        func theDiskTierAloneRemembers() async throws {
            try await checkTiers(["cache.memory.bytes": "0"], second: "disk", later: "disk")
        }

        @Test(.timeLimit(.minutes(1)))
        func theHitLaneAnswersLikeTheRouter() async throws {
            for lane in ["true", "false"] {
                try await withService(["http.lane": lane]) { service in
                    let id = try await service.client.upload(Materials.fixture("photo.jpg")).id
                    let first = try await service.client.variant(id, "w=200")
                    // Its header says when the original came, but not within the same second.
                    try await Task.sleep(for: .seconds(1.5))
                    for _ in 0..<6 {
                        let again = try await service.client.variant(id, "w=200")
                        #expect(again.status == 200 && again.body == first.body && again.origin == "memory")
                        #expect(again["ETag"] == first["ETag"] && again["Content-Type"] == "image/jpeg")
                    }
                    let metrics = try await service.metrics()
                    let answered = metrics["anysize_hit_lane_total"] ?? 0
                    #expect(lane == "true" ? answered >= 3 : answered == 0)
                    #expect(metrics["anysize_cache_hits_total{tier=\"memory\"}"] == 6)
                    let counted = metrics[
                        "anysize_http_requests_total{method=\"GET\",route=\"variant\",status=\"200\"}"]
                    #expect(counted == 7)
                    _ = try await service.client.send("DELETE", "/img/\(id)")
                    #expect(try await service.client.variant(id, "w=200").status == 410)
                }
            }
        }

        @Test(.timeLimit(.minutes(1)))
        func bothTiersAnswerInTurn() async throws {
            try await checkTiers([:], second: "memory", later: "disk")
        }
    }
}

/// - Parameters:
///   - second: where the second fetch comes from.
///   - later: where the first one after a restart comes from.
private func checkTiers(_ settings: [String: String], second: String, later: String) async throws {
    try await withService(settings) { service in
        let id = try await service.client.upload(Materials.fixture("photo.jpg")).id
        // Levels are there from the upload on.
        let levels = try? await service.metric("anysize_cache_variants{tier=\"disk\"}")
        let first = try await service.client.variant(id, "w=200&format=webp")
        #expect(first.status == 200 && first.origin == "render")
        if second == "disk" {
            // Tiers but the first are filled after the answer.
            let isThere = try await eventually(within: 5) {
                try await service.metric("anysize_cache_variants{tier=\"disk\"}") == (levels ?? 0) + 1
            }
            #expect(isThere)
        }
        try await checkSame(first, service, id, origin: second)
        #expect(try await service.metric("anysize_renders_total") == (second == "render" ? 2 : 1))
        try await service.restart()
        if later == "disk" {
            let isFound = try await eventually(within: 5) {
                try await service.metric("anysize_cache_variants{tier=\"disk\"}") == (levels ?? 0) + 1
            }
            #expect(isFound)
        }
        try await checkSame(first, service, id, origin: later)
        #expect(try await service.metric("anysize_renders_total") == (later == "render" ? 1 : 0))
    }
}

/// The same bytes under the same name, whichever way they came.
private func checkSame(_ first: Answer, _ service: RunningService, _ id: String, origin: String) async throws {
    let answer = try await service.client.variant(id, "w=200&format=webp")
    #expect(answer.status == 200)
    #expect(answer.origin == origin)
    #expect(answer.body == first.body)
    #expect(answer["ETag"] == first["ETag"])
}
