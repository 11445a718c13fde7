import Foundation
import Testing

extension EndToEnd {
    /// Originals come, change and go; what is served follows at once.
    @Suite(.service()) struct Replacing {
        let service: RunningService
        let client: HTTPClient

        init() throws {
            service = try #require(RunningService.current)
            client = service.client
        }

        @Test(.timeLimit(.minutes(1)))
        func noOldVariantIsServedOnceAReplacementWasAcknowledged() async throws {
            let pictures = [try Materials.fixture("gray.jpg"), try Materials.fixture("swapped.jpg")]
            var expected: [Data] = []
            for picture in pictures {
                let id = try await client.upload(picture).id
                expected.append(try await client.variant(id, "w=120&format=png").body)
            }
            try #require(expected[0] != expected[1])
            let (client, all, done) = (client, expected, Flag())
            try await withThrowingTaskGroup(of: Void.self) { group in
                #expect(try await client.put("changing", pictures[0]).status == 201)
                // One reader goes on through it all, and may see either picture but nothing else.
                group.addTask {
                    while !done.isRaised {
                        let answer = try await client.variant("changing", "w=120&format=png")
                        #expect(answer.status == 200 && all.contains(answer.body))
                    }
                }
                for round in 1...20 {
                    let put = try await client.put("changing", pictures[round % 2])
                    #expect(put.status == 200)
                    let answer = try await client.variant("changing", "w=120&format=png")
                    #expect(answer.status == 200 && answer.body == expected[round % 2], "round \(round)")
                    let info = try await client.get("/img/changing/info").json(OriginalInfo.self)
                    #expect(put["ETag"] == "\"\(info.digest)\"")
                }
                done.raise()
                try await group.waitForAll()
            }
        }

        @Test(.timeLimit(.minutes(1)))
        func nothingShowsAnOverlayThatWasReplacedOrDeleted() async throws {
            let id = try await client.upload(try Materials.fixture("photo.jpg")).id
            let recipe = "w=120&format=png&overlay=mark&overlay-w=60"
            let plain = try await client.variant(id, "w=120&format=png").body
            #expect(try await client.variant(id, recipe).status == 404)
            #expect(try await client.put("mark", try Materials.fixture("alpha.png")).status == 201)
            var bodies = [plain]
            for picture in ["alpha.png", "gray.jpg"] {
                #expect(try await client.put("mark", try Materials.fixture(picture)).status == 200)
                for _ in 1...3 {
                    let answer = try await client.variant(id, recipe)
                    #expect(answer.status == 200)
                    if answer.body != bodies.last { bodies.append(answer.body) }
                }
            }
            #expect(Set(bodies).count == 3 && bodies.count == 3)
            #expect(try await client.send("DELETE", "/img/mark").status == 200)
            for _ in 1...3 { #expect(try await client.variant(id, recipe).status == 410) }
            #expect(try await client.put("mark", try Materials.fixture("alpha.png")).status == 201)
            #expect(try await client.variant(id, recipe).body == bodies[1])
        }

        @Test(.timeLimit(.minutes(1)))
        func aTextIsDrawnByAHelperThatIsShutIn() async throws {
            let id = try await client.upload(try Materials.fixture("photo.jpg")).id
            let plain = try await client.variant(id, "w=120&format=png")
            for font in ["sans", "sans-bold", "serif", "mono"] {
                let answer = try await client.variant(id, "w=120&format=png&text=H%C3%A9%20%D7%A9&text-font=\(font)")
                #expect(answer.status == 200 && answer.body != plain.body)
                #expect(answer["Cache-Status"]?.contains("render-level") == true)
            }
            #expect(try await client.variant(id, "w=120&text=%1b").status == 400)
        }

        @Test(.timeLimit(.minutes(1)))
        func conditionsDecideWhetherAPutHappens() async throws {
            let (first, second) = (try Materials.fixture("odd.jpg"), try Materials.fixture("gray.jpg"))
            #expect(try await client.put("conditional", first, ["If-Match": "*"]).status == 412)
            let created = try await client.put("conditional", first, ["If-None-Match": "*"])
            #expect(created.status == 201 && created["Location"] == "/img/conditional")
            let tag = try #require(created["ETag"])
            #expect(try await client.put("conditional", second, ["If-None-Match": "*"]).status == 412)
            let wrong = "\"\(String(repeating: "0", count: 64))\""
            #expect(try await client.put("conditional", second, ["If-Match": wrong]).status == 412)
            #expect(try await client.put("conditional", second, ["If-Match": "W/\(tag)"]).status == 412)
            let unchanged = try await client.get("/img/conditional/info").json(OriginalInfo.self)
            #expect("\"\(unchanged.digest)\"" == tag)
            #expect(try await client.put("conditional", second, ["If-Match": "\(wrong), \(tag)"]).status == 200)
            #expect(try await client.put("conditional", first, ["If-Match": tag]).status == 412)
            #expect(try await client.put("conditional", first, ["If-Match": "*"]).status == 200)
        }

        @Test(.timeLimit(.minutes(1)))
        func theSameBytesAreOneOriginal() async throws {
            let picture = try Materials.uniqueJPEG(commentOf: 100)
            let first = try await client.post(picture)
            let second = try await client.post(picture)
            #expect(first.status == 201 && second.status == 200)
            let id = try first.json(OriginalInfo.self).id
            #expect(try second.json(OriginalInfo.self).id == id)
            #expect(first["Location"] == "/img/\(id)" && second["Location"] == "/img/\(id)")
            #expect(id.count == 32)
            let listed = try await client.allOriginals().filter { $0.id == id }
            #expect(listed.count == 1)
        }

        @Test(.timeLimit(.minutes(1)))
        func aDeletedOriginalIsGoneEverywhereAndMayComeBack() async throws {
            let picture = try Materials.uniqueJPEG(commentOf: 100)
            let id = try await client.upload(picture).id
            let recipes = ["w=20", "w=30&format=png", "w=40&format=webp"]
            let onDisk = "anysize_cache_variants{tier=\"disk\"}"
            let others = try await service.metric(onDisk)
            var tag = ""
            for recipe in recipes { tag = try #require(try await client.variant(id, recipe)["ETag"]) }
            #expect(try await eventually(within: 5) { try await service.metric(onDisk) == others + 3 })

            let deleted = try await client.send("DELETE", "/img/\(id)")
            #expect(deleted.status == 200)
            let counts = try deleted.json(Deletion.self)
            #expect(counts.id == id && counts.bytes == picture.count)
            // On disk are the levels too.
            #expect(counts.variants["memory"] == 3 && counts.variants["disk"] ?? 0 > 3)
            for path in ["/img/\(id)?\(recipes[0])", "/img/\(id)", "/img/\(id)/info", "/img/\(id)/original"] {
                let answer = try await client.get(path)
                #expect(answer.status == 410, "\(path)")
                #expect(answer.problem?.type == "urn:anysize:problem:deleted-original", "\(path)")
            }
            // Nor does it live on for those who have it: they are told so instead of 304.
            #expect(try await client.variant(id, recipes[2], ["If-None-Match": tag]).status == 410)
            #expect(try await client.send("DELETE", "/img/\(id)").status == 410)
            #expect(try await client.allOriginals().allSatisfy { $0.id != id })
            #expect(try await service.metric(onDisk) < others)

            #expect(try await client.post(picture).status == 201)
            let again = try await client.variant(id, recipes[0])
            #expect(again.status == 200 && again.origin == "render")
            #expect(try await client.get("/img/\(id)/original").body == picture)
        }

        @Test(.timeLimit(.minutes(1)))
        func aListingComesInPagesWithoutGapsOrRepeats() async throws {
            var ids: Set<String> = []
            for number in 0..<11 {
                let name = "page-\(number)"
                #expect(try await client.put(name, Materials.uniqueJPEG(commentOf: 10)).status == 201)
                ids.insert(name)
            }
            let paged = try await client.allOriginals(limit: 3).map(\.id)
            #expect(Set(paged).count == paged.count)
            #expect(Set(paged).isSuperset(of: ids))
            #expect(Set(try await client.allOriginals().map(\.id)) == Set(paged))
            let first = try await client.page("limit=3")
            #expect(first.originals.count == 3 && first.next == first.originals.last?.id)
            #expect(try await client.page("after=zzzz&limit=3").originals.isEmpty)
        }

        private struct Deletion: Decodable {
            let id: String
            let bytes: Int
            let variants: [String: Int]
        }
    }

    /// Deletions, too, are for good.
    @Suite struct DeletionAndKill {
        @Test(.timeLimit(.minutes(1)))
        func aKillBringsNothingBackThatWasDeleted() async throws {
            try await withService { service in
                let picture = try Materials.fixture("odd.jpg")
                let id = try await service.client.upload(picture).id
                #expect(try await service.client.put("named", picture).status == 201)
                #expect(try await service.client.variant(id, "w=50").status == 200)
                for name in [id, "named"] {
                    #expect(try await service.client.send("DELETE", "/img/\(name)").status == 200)
                }
                try await service.restart(.kill)
                for name in [id, "named"] {
                    #expect(try await service.client.variant(name, "w=50").status == 410)
                    #expect(try await service.client.get("/img/\(name)/original").status == 410)
                }
            }
        }
    }
}
