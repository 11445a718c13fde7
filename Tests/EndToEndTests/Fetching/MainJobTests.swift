import Foundation
import Synchronization
import Testing

extension EndToEnd {
    /// What Anysize is for: a picture goes in, every size and format comes out, and comes again at no cost.
    @Suite struct MainJob {
        @Test(.timeLimit(.minutes(5)))
        func ownFixturesComeOutInEverySizeAndFormatAndStayTheSameAfterARestart() async throws {
            let names: Set = [
                "photo.jpg", "photo_progressive.jpg", "odd.jpg", "orientation_6.jpg", "orientation_6.webp", "alpha.png",
                "gray16.png", "animated.gif", "photo.webp", "photo.avif", "photo.heic", "tall.png", "tiny.png",
            ]
            let photos = Materials.fixtures("originals").filter { names.contains($0.lastPathComponent) }
            try #require(photos.count == names.count)
            try await checkMainJob(on: photos)
        }

        @Test(.enabled(if: Materials.hasShared), .timeLimit(.minutes(15)))
        func sharedPhotosComeOutInEverySizeAndFormatAndStayTheSameAfterARestart() async throws {
            let photos = try #require(Materials.shared("photos/dev")).filter { url in
                ["jpg", "png", "webp", "gif", "avif", "heic"].contains(url.pathExtension)
            }
            try #require(photos.count > 40)
            try await checkMainJob(on: photos)
        }
    }
}

/// Takes every photo the whole way, two at a time.
private func checkMainJob(on photos: [URL]) async throws {
    try await withService { service in
        let run = MainJobRun(photos, client: service.client)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<2 {
                group.addTask { while let photo = run.next() { try await run.take(photo) } }
            }
            try await group.waitForAll()
        }
        let deliveries = run.deliveries.withLock { $0 }
        try #require(deliveries.count == photos.count * RecipeCase.all.count)
        print(run.table)

        // All that was rendered is on disk before the service is gone, and found again by the next one.
        let variantCount = Set(deliveries.map(\.etag)).count
        #expect(try await service.metric("anysize_renders_total") == Double(variantCount))
        #expect(try await service.metric("anysize_fills_dropped_total") == 0)
        try await service.restart()
        let isBack = try await eventually(within: 10) {
            try await service.metric("anysize_cache_variants{tier=\"disk\"}") >= Double(variantCount)
        }
        #expect(isBack, "not all variants survived the restart")
        try await run.checkAgain(deliveries, with: service.client)
        #expect(try await service.metric("anysize_renders_total") == 0)
    }
}

/// One of the recipes that every photo is taken through.
private struct RecipeCase: Sendable, CustomStringConvertible {
    let text: String
    let format: String
    /// The size that the recipe promises of an original of this size.
    let size: @Sendable (_ original: Size) -> Size

    var description: String { text }

    static let all: [RecipeCase] =
        ["jpeg", "webp", "avif", "png"].flatMap { format in [64, 320, 640, 1280].map { contained($0, format) } }
        + [cover, pad]

    /// As wide as asked, never wider than the original and never more than 8192 pixels high, proportions kept.
    private static func contained(_ wide: Int, _ format: String) -> RecipeCase {
        RecipeCase(text: "w=\(wide)&format=\(format)", format: format) { original in
            let scale = min(1, Double(wide) / Double(original.width), 8192 / Double(original.height))
            func side(_ side: Int) -> Int { max(1, Int((Double(side) * scale).rounded())) }
            return Size(width: side(original.width), height: side(original.height))
        }
    }

    /// The largest square of the original where it is smaller than the box.
    private static let cover = RecipeCase(text: "w=200&h=200&fit=cover&format=webp", format: "webp") { original in
        let side = min(200, original.width, original.height)
        return Size(width: side, height: side)
    }

    private static let pad = RecipeCase(text: "w=200&h=200&fit=pad&format=jpeg", format: "jpeg") { _ in
        Size(width: 200, height: 200)
    }
}

/// The way of many photos through one service, and what came of it.
private final class MainJobRun: Sendable {
    struct Delivery: Sendable {
        let path: String
        let etag: String
        let photo: String
        let recipe: String
        let seconds: Double
        let body: Data
    }

    let deliveries = Mutex<[Delivery]>([])
    private let queue: Mutex<[URL]>
    private let client: HTTPClient

    init(_ photos: [URL], client: HTTPClient) {
        queue = Mutex(photos.reversed())
        self.client = client
    }

    func next() -> URL? { queue.withLock { $0.popLast() } }

    func take(_ photo: URL) async throws {
        let bytes = try Data(contentsOf: photo)
        let header = try #require(PictureHeader(bytes), "\(photo.lastPathComponent)")
        let uploaded = try await client.post(bytes)
        try #require(uploaded.status == 201, "\(photo.lastPathComponent): \(uploaded.text)")
        let info = try uploaded.json(OriginalInfo.self)
        #expect(info.size == header.uprightSize, "\(photo.lastPathComponent)")
        #expect(info.format == header.format)
        #expect(info.bytes == bytes.count)

        // Recipes that come to the same variant of this original, because none is enlarged, share its name and its bytes.
        var known: [String: String] = [:]
        var seen: Set<String> = []
        for recipe in RecipeCase.all {
            let what: Comment = "\(photo.lastPathComponent) ?\(recipe)"
            let size = recipe.size(info.size)
            let path = "/img/\(info.id)?\(recipe)"
            let first = try await client.get(path)
            try #require(first.status == 200, "\(what): \(first.text.prefix(300))")
            let found = try #require(PictureHeader(first.body), what)
            #expect(found.size == size, what)
            #expect(found.format == recipe.format, what)
            #expect(first["Content-Type"] == "image/\(recipe.format)", what)
            let etag = try #require(first["ETag"], what)
            #expect(first.origin == (seen.insert(etag).inserted ? "render" : "memory"), what)
            if !recipe.text.contains("fit=") {
                #expect(etag == known["\(recipe.format) \(size)", default: etag], what)
                known["\(recipe.format) \(size)"] = etag
            }

            let second = try await client.get(path)
            #expect(second.status == 200 && second.origin == "memory", what)
            #expect(second.body == first.body && second["ETag"] == etag, what)
            let third = try await client.get(path, ["If-None-Match": etag])
            #expect(third.status == 304 && third.body.isEmpty && third["ETag"] == etag, what)
            let delivery = Delivery(
                path: path, etag: etag, photo: photo.lastPathComponent, recipe: recipe.text, seconds: first.seconds,
                body: first.body
            )
            deliveries.withLock { $0.append(delivery) }
        }
    }

    /// Everything again, from a process that has only the disk to know it from.
    func checkAgain(_ deliveries: [Delivery], with client: HTTPClient) async throws {
        var seen: Set<String> = []
        for delivery in deliveries {
            let what: Comment = "\(delivery.photo) ?\(delivery.recipe)"
            let answer = try await client.get(delivery.path)
            #expect(answer.status == 200, what)
            #expect(answer.origin == (seen.insert(delivery.etag).inserted ? "disk" : "memory"), what)
            #expect(answer["ETag"] == delivery.etag, what)
            #expect(answer.body == delivery.body, what)
        }
    }

    var table: String {
        var table = TextTable("photo", "recipe", "ms", "bytes")
        for delivery in deliveries.withLock({ $0 }).sorted(by: { ($0.photo, $0.recipe) < ($1.photo, $1.recipe) }) {
            table.add(
                delivery.photo, delivery.recipe, "\(Int((delivery.seconds * 1000).rounded()))", "\(delivery.body.count)"
            )
        }
        return table.text
    }
}
