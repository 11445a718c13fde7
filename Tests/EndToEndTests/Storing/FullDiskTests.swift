import Foundation
import Testing

extension EndToEnd {
    /// A disk without room refuses uploads and nothing else.
    @Suite(.enabled("mounting a small file system is permitted") { await SmallDisk.isPermitted })
    struct FullDisk {
        @Test(.timeLimit(.minutes(2)))
        func aFullDiskRefusesUploadsAloneAndIsUsedAgainOnceThereIsRoom() async throws {
            try await SmallDisk.with(megabytes: 24) { disk in
                try await withService(dataDirectory: disk + "/data") { service in
                    let client = service.client
                    let id = try await client.upload(Materials.uniqueJPEG(commentOf: 10, of: "photo.jpg")).id
                    let first = try await client.variant(id, "w=640&format=jpeg")
                    #expect(first.status == 200)
                    let ballast = disk + "/ballast"
                    try Data(count: 4_000_000).write(to: URL(filePath: ballast))

                    let acknowledged = try await fill(client)
                    print("a disk of 24 MB was full after \(acknowledged.count) uploads")
                    #expect(acknowledged.count > 5)
                    #expect(await eventually(within: 10) { service.stagedFiles.isEmpty })
                    try await checkRefusal(client)

                    // What is there is served, and what isn't yet is still made.
                    let hit = try await client.variant(id, "w=640&format=jpeg")
                    #expect(hit.status == 200 && hit.origin == "memory" && hit.body == first.body)
                    let cold = try await client.variant(id, "w=641&format=png")
                    #expect(cold.status == 200 && cold.origin == "render")
                    #expect(try await service.operations.get("/healthz").status == 200)
                    #expect(try await service.operations.get("/readyz").status == 200)
                    try await checkOriginals(acknowledged, client)

                    try FileManager.default.removeItem(atPath: ballast)
                    let fresh = try Materials.uniqueJPEG(commentOf: 300_000)
                    let worksAgain = try await eventually(within: 5) { try await client.post(fresh).status == 201 }
                    #expect(worksAgain, "uploads did not work 5 s after there was room again")
                    try await service.restart()
                    try await checkOriginals(acknowledged, service.client)
                }
            }
        }
    }
}

/// Uploads until the disk takes no more. A refusal makes the cache give way, levels and all, so it may be followed by some more that fit.
private func fill(_ client: HTTPClient) async throws -> [String: Data] {
    var acknowledged: [String: Data] = [:]
    var refusals = 0
    for _ in 0..<200 {
        let body = try Materials.uniqueJPEG(commentOf: 500_000)
        let answer = try await client.post(body)
        guard answer.status == 201 else {
            checkFull(answer)
            refusals += 1
            if refusals == 8 { return acknowledged }
            continue
        }
        acknowledged[try answer.json(OriginalInfo.self).id] = body
    }
    Issue.record("the disk never filled up")
    return acknowledged
}

private func checkRefusal(_ client: HTTPClient) async throws {
    for _ in 0..<5 { checkFull(try await client.post(Materials.uniqueJPEG(commentOf: 900_000))) }
}

private func checkFull(_ answer: Answer) {
    #expect(answer.status == 507 || answer.status == 503)
    #expect(answer.problem?.status == answer.status, "\(answer.text.prefix(300))")
}

private func checkOriginals(_ originals: [String: Data], _ client: HTTPClient) async throws {
    for (id, body) in originals {
        let answer = try await client.get("/img/\(id)/original")
        #expect(answer.status == 200 && answer.body == body, "\(id): \(answer.status)")
    }
}

/// A file system of a few megabytes.
private enum SmallDisk {
    /// Whether this machine lets us have one; tried once.
    static var isPermitted: Bool {
        get async { await permission.value }
    }

    private static let permission = Task { (try? await with(megabytes: 1) { _ in }) != nil }

    /// Mounts one, runs the body with its path, and unmounts it whatever happens.
    static func with(megabytes: Int, _ body: (String) async throws -> Void) async throws {
        try await Scratch.withDirectory { directory in
            let mounted = try await Program.run(
                "/bin/mount", ["-t", "tmpfs", "-o", "size=\(megabytes)m", "tmpfs", directory])
            guard mounted.code == 0 else { throw ServiceError(what: mounted.errors) }
            do { try await body(directory) } catch {
                await unmount(directory)
                throw error
            }
            await unmount(directory)
        }
    }

    private static func unmount(_ directory: String) async {
        if (try? await Program.run("/bin/umount", [directory]))?.code == 0 { return }
        // Somebody still has a file open there: it goes as soon as they let go of it.
        _ = try? await Program.run("/bin/umount", ["--lazy", directory])
    }
}
