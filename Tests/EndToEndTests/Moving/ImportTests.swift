import AnysizeClient
import AnysizeCore
import Foundation
import Testing

extension EndToEnd {
    /// A tree of pictures comes in whole, whatever happens meanwhile.
    @Suite struct Importing {
        @Test(.timeLimit(.minutes(2)))
        func aServiceThatIsKilledAndStartedAgainHasEveryPictureOnce() async throws {
            try await Scratch.withDirectory { directory in
                var tree = try PictureTree(directory, pictureCount: 100)
                if Materials.hasShared { try tree.addHostile(15) }
                let key = try await NewKey.create("mover", scopes: "upload")
                let reader = try await NewKey.create("reader", scopes: "read")
                let port = try RawConnection.freePort()
                let settings = ["http.port": "\(port)", "api.keys": "\(key.entry),\(reader.entry)"]
                try await withService(settings) { service in
                    let url = "http://127.0.0.1:\(port)"
                    let command = try RunningCommand(
                        ["import", directory, "--url", url, "--json"], environment: ["ANYSIZE_KEY": key.secret])
                    // Somewhere in the middle, twice.
                    for share in [3, 2] {
                        let wanted = tree.pictures.count / share
                        #expect(await eventually(within: 30) { tree.journalLines.count >= wanted })
                        #expect(await service.stop(.kill) == -9)
                        try await service.start()
                    }
                    let outcome = try await command.end()
                    let report = try PrintedImport(outcome)
                    #expect(outcome.code == 1 && report.stopped == nil, "\(outcome.errors)")
                    #expect(report.failed == 0 && report.refused == tree.refused.count, "\(report.refusals)")
                    // An upload that was acknowledged and whose answer was lost with the process is there at the second attempt.
                    #expect(report.stored + report.present == tree.pictures.count && report.retries > 0)
                    #expect(!outcome.text.contains(key.secret) && !outcome.errors.contains(key.secret))

                    let listed = try await service.client.get("/img?limit=1000", reader.headers).json(OriginalPage.self)
                    #expect(listed.originals.map(\.digest).sorted() == tree.pictures.values.sorted())
                    try check(tree)

                    let again = try await Program.run(
                        ["import", directory, "--url", url, "--json"], environment: ["ANYSIZE_KEY": key.secret])
                    let second = try PrintedImport(again)
                    #expect(
                        again.code == 1 && second.known == tree.pictures.count && second.refused == tree.refused.count)
                    #expect(second.stored + second.present == 0)
                }
            }
        }

        @Test(.timeLimit(.minutes(1)))
        func ctrlCEndsItAtOnceAndTheNextRunGoesOn() async throws {
            try await Scratch.withDirectory { directory in
                let tree = try PictureTree(directory, pictureCount: 60)
                try await withService { service in
                    let arguments = ["import", directory, "--url", "http://127.0.0.1:\(service.port)", "--json"]
                    let command = try RunningCommand(arguments + ["--concurrency", "4"])
                    #expect(await eventually(within: 30) { tree.journalLines.count >= 15 })
                    command.send(SIGINT)
                    let interrupted = try await command.end(within: 5)
                    let first = try PrintedImport(interrupted)
                    #expect(interrupted.code == 130 && first.stopped == "interrupted")
                    #expect(interrupted.errors.contains("goes on from here"))
                    #expect(first.stored >= 14 && first.stored < tree.pictures.count)

                    // Killed without a word.
                    let killed = try RunningCommand(arguments + ["--concurrency", "4"])
                    #expect(await eventually(within: 30) { tree.journalLines.count >= 30 })
                    killed.send(SIGKILL)
                    #expect(try await killed.end(within: 5).code == -9)
                    let known = tree.journalLines.count { if case .stored? = $0?.outcome { true } else { false } }

                    let last = try PrintedImport(try await Program.run(arguments))
                    #expect(last.known == known && last.stored + last.present + known == tree.pictures.count)
                    // At most what was under way was sent twice, and found to be there.
                    #expect(last.present <= 4)
                    #expect(try await service.client.allOriginals().count == tree.pictures.count)
                    try check(tree)
                }
            }
        }

        @Test(.timeLimit(.minutes(1)))
        func chosenIDsAreKeptOrReplacedAsAskedAndNeverByChance() async throws {
            try await Scratch.withDirectory { directory in
                var tree = try PictureTree(directory, pictureCount: 0)
                let picture = try Materials.uniqueJPEG(commentOf: 50, of: "orientation_1.jpg")
                try tree.add(picture, at: "shoes/front.jpg")
                try tree.add(Materials.uniqueJPEG(commentOf: 60, of: "orientation_1.jpg"), at: "boots/front.jpg")
                try tree.add(picture, at: "not an id.jpg")
                try await withService { service in
                    let base = ["import", directory, "--url", "http://127.0.0.1:\(service.port)", "--json"]
                    let byName = try PrintedImport(
                        try await Program.run(base + ["--ids", "name", "--journal", directory + "/.names"]))
                    // One of the two fronts, by the order of directories, and the large one.
                    #expect(byName.stored == 2)
                    #expect(byName.refusals.map(\.kind).sorted() == ["bad-id", "id-taken", "unsupported-format"])

                    let byPath = base + ["--ids", "path", "--journal", directory + "/.paths"]
                    let first = try PrintedImport(try await Program.run(byPath))
                    #expect(first.stored == 2 && first.present == 1, "large.jpg was there by its name")
                    let stored = try await service.client.get("/img/shoes_front.jpg/info").json(OriginalInfo.self)
                    #expect(stored.digest == tree.pictures["shoes/front.jpg"])

                    try tree.add(Materials.uniqueJPEG(commentOf: 70, of: "orientation_1.jpg"), at: "shoes/front.jpg")
                    let kept = try PrintedImport(try await Program.run(byPath))
                    #expect(
                        kept.stored == 0
                            && kept.refusals.contains { $0.path == "shoes/front.jpg" && $0.kind == "id-taken" })
                    let replaced = try PrintedImport(try await Program.run(byPath + ["--existing", "replace"]))
                    #expect(replaced.stored == 1)
                    let changed = try await service.client.get("/img/shoes_front.jpg/info").json(OriginalInfo.self)
                    #expect(changed.digest == tree.pictures["shoes/front.jpg"])
                }
            }
        }

        @Test(.timeLimit(.minutes(1)))
        func whatIsTooLargeIsRefusedWithItsReasonAndAWrongKeyStopsTheRun() async throws {
            try await Scratch.withDirectory { directory in
                let tree = try PictureTree(directory, pictureCount: 3)
                let key = try await NewKey.create("reader", scopes: "read")
                try await withService(["upload.bytes.max": "100KB"]) { service in
                    let outcome = try await Program.run(
                        ["import", directory, "--url", "http://127.0.0.1:\(service.port)", "--json"])
                    let report = try PrintedImport(outcome)
                    #expect(outcome.code == 1 && report.stored == 3)
                    let large = report.refusals.first { $0.path == "large.jpg" }
                    #expect(large?.status == 413 && large?.kind == "too-many-bytes", "\(report.refusals)")
                    let lines = String(decoding: try Data(contentsOf: URL(filePath: report.refusalFile)), as: UTF8.self)
                    #expect(lines.split(separator: "\n").count == 2 && lines.contains("\"too-many-bytes\""))
                }
                try await withService(["api.keys": key.entry]) { service in
                    let outcome = try await Program.run(
                        [
                            "import", directory, "--url", "http://127.0.0.1:\(service.port)", "--journal",
                            tree.path + "/.b",
                        ],
                        environment: ["ANYSIZE_KEY": key.secret])
                    #expect(outcome.code == 2 && outcome.errors.contains("scope upload"), "\(outcome.errors)")
                }
                let nobody = try RawConnection.freePort()
                let outcome = try await Program.run(
                    ["import", directory, "--url", "http://127.0.0.1:\(nobody)", "--journal", tree.path + "/.c"])
                #expect(outcome.code == 2 && outcome.errors.contains("can't be reached"), "\(outcome.errors)")
            }
        }

        /// A line for each file, each readable, each about the bytes that the file has.
        private func check(_ tree: PictureTree) throws {
            let lines = try tree.journalLines.map { try #require($0) }
            var digests: [String: String] = [:]
            var refused: Set<String> = []
            for line in lines {
                switch line.outcome {
                case .stored(let digest, let id):
                    #expect(digests[line.path.description] == nil, "\(line.path) twice")
                    digests[line.path.description] = digest.description
                    #expect(id == OriginalID(contentOf: digest))
                case .refused: refused.insert(line.path.description)
                }
            }
            #expect(digests == tree.pictures)
            #expect(refused == tree.refused)
        }
    }
}
