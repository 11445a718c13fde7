import AnysizeCore
import AnysizeTesting
import HTTPTypes
import HummingbirdTesting
import NIOCore
import Testing

/// What `format=auto` gives to those who take AVIF where making it would take too long.
@Suite(.timeLimit(.minutes(1))) struct AVIFFallbackTests {
    private let both = ["Accept": "image/avif,image/webp"]
    private let header = "Anysize-Fallback"

    /// A house where a job of ten seconds has the only permit until the work is done.
    private func whileBusy(_ work: (ServerHouse, Gate) async throws -> Void) async throws {
        let house = ServerHouse { $0.permitCount = 1 }
        let gate = Gate()
        let other = Task {
            try await house.flow.admission.withPermit(cost: 10) { _ async throws(AnysizeError) in await gate.wait() }
        }
        await eventually { house.flow.admission.load.running == 1 }
        try await work(house, gate)
        gate.open()
        try await other.value
    }

    @Test func `Under load it is WebP, for a while, and says so`() async throws {
        try await whileBusy { house, gate in
            let waiting = Task { try await house.send("GET /img/cat?w=100&format=auto", both) }
            await eventually { house.flow.admission.load.queued == 1 }
            gate.open()
            let busy = try await waiting.value
            #expect(busy.headers["Content-Type"] == "image/webp")
            #expect(busy.headers[header] == "avif; reason=load")
            #expect(busy.headers["Cache-Control"] == "public, max-age=10")
            #expect(busy.headers["Vary"] == "Accept")
            #expect(busy.headers["ETag"] == "\"\(try house.key("w=100&format=webp"))\"", "the WebP that all others get")
            await eventually { house.flow.admission.load.running == 0 }
            let quiet = try await house.send("GET /img/cat?w=100&format=auto", both)
            #expect(quiet.headers["Content-Type"] == "image/avif" && quiet.headers[header] == nil)
            #expect(quiet.headers["Cache-Control"] == "public, max-age=300, stale-while-revalidate=600")
        }
    }

    @Test func `What is there already is given under load as well`() async throws {
        try await whileBusy { house, gate in
            // One that is made of nothing that waits.
            let variant = try house.variant("w=200&format=avif")
            await house.flow.disk.store(variant, for: try house.key("w=200&format=avif"))
            let avif = try await house.send("GET /img/cat?w=200&format=auto", both)
            #expect(avif.headers["Content-Type"] == "image/avif" && avif.headers[header] == nil)
            let webp = try house.key("w=300&format=webp")
            await house.flow.disk.store(try house.variant("w=300&format=webp"), for: webp)
            let other = try await house.send("GET /img/cat?w=300&format=auto", both)
            #expect(other.headers["Content-Type"] == "image/webp" && other.headers[header] == "avif; reason=load")
            var known = both
            known["If-None-Match"] = "\"\(webp)\""
            let same = try await house.send("GET /img/cat?w=300&format=auto", known)
            #expect(same.status == .notModified && same.headers[header] == "avif; reason=load")
        }
    }

    @Test(arguments: [
        ("format=avif", "image/avif,image/webp", "image/avif"), ("format=auto", "image/avif", "image/avif"),
        ("format=auto", "image/webp", "image/webp"), ("format=jpeg", "image/avif,image/webp", "image/jpeg"),
    ])
    func `Who names the format, or takes no WebP, waits`(query: String, accept: String, type: String) async throws {
        try await whileBusy { house, gate in
            let waiting = Task { try await house.send("GET /img/cat?w=100&\(query)", ["Accept": accept]) }
            await eventually { house.flow.admission.load.queued == 1 }
            gate.open()
            let answer = try await waiting.value
            #expect(answer.headers["Content-Type"] == type && answer.headers[header] == nil)
        }
    }

    @Test(arguments: [
        ("w=2000&format=auto", "image/avif,image/webp", "image/webp", "avif; reason=size"),
        ("w=2000&format=auto", "image/avif", "image/jpeg", "avif; reason=size"),
        ("w=2000&format=auto", "image/webp", "image/webp", nil),
        ("w=1600&format=auto", "image/avif", "image/avif", nil),
        ("w=2000&format=webp", "image/avif,image/webp", "image/webp", nil),
    ])
    func `Too many pixels are told, and held for good`(
        query: String, accept: String, type: String, fallback: String?
    ) async throws {
        let house = ServerHouse()
        house.flow.store.put(OriginalID("big")!, SampleBytes.jpeg(seed: 7), facts: .sample(4000, 3000))
        for _ in 0..<2 {
            let answer = try await house.send("GET /img/big?\(query)", ["Accept": accept])
            #expect(answer.headers["Content-Type"] == type && answer.headers[header] == fallback)
            #expect(answer.headers["Cache-Control"] == "public, max-age=300, stale-while-revalidate=600")
        }
    }
}
