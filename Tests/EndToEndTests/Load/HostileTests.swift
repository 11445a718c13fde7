import Foundation
import Testing

extension EndToEnd {
    /// Files that were made to do harm, and odd ones that weren't: the process lives, answers, and does nothing else.
    @Suite struct Hostile {
        @Test(.timeLimit(.minutes(5)))
        func ownHostileFixturesAreRefusedOrServedAndHarmNobody() async throws {
            try await checkHarmless(Materials.fixtures("hostile"))
        }

        /// Smaller than the smallest block that a decoder may shrink to nothing.
        @Test(
            .timeLimit(.minutes(1)), arguments: ["w=1&h=1", "w=3&h=3", "w=7&h=7", "w=1&h=400", "w=400&h=2", "w=8&h=8"])
        func aJPEGOfFewPixelsIsAPictureLikeAnyOther(_ box: String) async throws {
            try await withService { service in
                let client = service.client
                let id = try await client.upload(Materials.fixture("photo.jpg")).id
                let small = try await client.variant(id, box + "&fit=stretch&format=jpeg")
                let header = try #require(PictureHeader(small.body))
                let info = try await client.upload(small.body)
                #expect(info.size == header.size)
                let answer = try await client.variant(info.id, "w=512&format=png")
                #expect(answer.status == 200 && PictureHeader(answer.body)?.size == header.size)
            }
        }

        @Test(.enabled(if: Materials.hasShared), .timeLimit(.minutes(20)))
        func sharedHostileFilesAreRefusedOrServedAndHarmNobody() async throws {
            let files = try #require(Materials.shared("hostile/dev"))
            try await checkHarmless(files, expecting: try Materials.index(of: "hostile/dev"))
        }

        @Test(.enabled(if: Materials.hasShared), .timeLimit(.minutes(20)))
        func sharedFilesOfEveryFormatAreRefusedOrServedAndHarmNobody() async throws {
            let files = try #require(Materials.shared("formats"))
            try await checkHarmless(files, expecting: try Materials.index(of: "formats"))
        }
    }
}

/// Uploads every file, two at a time, and fetches what was taken, while another client asks for a hit ten times a second.
/// - Parameter index: what each file's answer must be; nil where any decent one will do.
private func checkHarmless(_ files: [URL], expecting index: CorpusIndex? = nil) async throws {
    try #require(!files.isEmpty)
    if let index { try #require(index.count > files.count / 2, "a table of \(index.count) rows") }
    try await withHarmWatch { watch in
        try await withService { service in
            try await watch.begin(service)
            let run = HostileRun(files, service, expecting: index)
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<2 { group.addTask { while let file = run.next() { try await run.take(file) } } }
                try await group.waitForAll()
            }
            try await run.takeSuspectsAlone()
            print(run.summary)
            print("the service alone had at most \(run.peakMB) MB resident")
            watch.end()
            #expect(run.deaths.isEmpty, "\(run.deaths.joined(separator: "\n"))")
            #expect(run.slowestUploadSeconds < 10)
            #expect(service.stagedFiles == [])
            for fault in run.faults { Issue.record("\(fault)") }
        }
    }
}
