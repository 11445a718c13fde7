import AnysizeCore
import AnysizeTesting
import NIOCore
import Testing
import Vips

@testable import AnysizeEngine

/// Pictures that say their colours in code points: on the way of an upload and of a fetch.
@Suite(.timeLimit(.minutes(3))) struct CodedColourTests {
    /// An AVIF of ours, saying something else about its colours. All of them say "unspecified" as they are.
    private func saying(_ primaries: UInt8, _ transfer: UInt8, _ name: String) throws -> ByteBuffer {
        var bytes = try Fixture.original(name)
        let place = try #require(bytes.readableBytesView.firstRange(of: Array("nclx".utf8))).lowerBound
        try #require(bytes.getInteger(at: place + 4, as: UInt32.self) == 0x0002_0002)
        bytes.setInteger(UInt32(primaries) << 16 | UInt32(transfer), at: place + 4)
        return bytes
    }

    private func shown(_ bytes: ByteBuffer, _ query: String) async throws -> Pictures.Seen {
        try Pictures.see(try await Pictures.render(bytes, query).variant)
    }

    @Test func sRGBIsNotTouched() async throws {
        for name in ["photo12.avif", "photo.avif"] {
            let plain = try await Pictures.render(try Fixture.original(name), "format=png").variant.bytes
            for (primaries, transfer) in [(1, 13), (1, 1), (1, 6), (1, 14), (1, 15)] as [(UInt8, UInt8)] {
                let told = try await Pictures.render(try saying(primaries, transfer, name), "format=png")
                #expect(told.variant.bytes == plain, "\(primaries)/\(transfer)")
                #expect(told.facts.profile == nil)
            }
        }
    }

    /// The marks of `pq.avif` and `hlg.png`: their light in cd/m² is known, so what must be shown is known. The sun has 800.
    @Test(arguments: ["pq.avif", "hlg.png"], ["w=240", "w=100", "rotate=180", "w=90&flip=h&brightness=0&sharp=1"])
    func marksHaveTheColoursThatTheirLightHas(_ name: String, _ query: String) async throws {
        let seen = try await shown(try Fixture.original(name), "\(query)&format=png")
        func at(_ u: Double, _ v: Double) -> [Int] {
            if query.hasPrefix("rotate") { return seen.at(1 - u, 1 - v) }
            return seen.at(query.contains("flip") ? 1 - u : u, v)
        }
        #expect(Pictures.isNear(at(0.15, 0.2), [212, 28, 28], 5), "red \(at(0.15, 0.2))")
        #expect(Pictures.isNear(at(0.15, 0.8), [37, 57, 212], 6), "blue \(at(0.15, 0.8))")
        #expect(Pictures.isNear(at(0.85, 0.2), [28, 180, 60], 8), "green \(at(0.85, 0.2))")
        #expect(Pictures.isNear(at(0.62, 0.27), [255, 214, 40], 6), "sun \(at(0.62, 0.27))")
    }

    @Test(arguments: ["pq.avif", "hlg.png"])
    func levelsAndDirectRendersBeginWithTheSameColours(_ name: String) async throws {
        let bytes = try Fixture.original(name)
        let deadline = ContinuousClock.now + .seconds(60)
        let examined = try await Pictures.renderer.examine(bytes, pyramid: Pyramid(), deadline: deadline)
        let level = try #require(examined.levels.first)
        #expect(level.place.size == examined.facts.size)
        // One is halved with rounding, the other loses the low byte.
        let direct = try await shown(bytes, "format=png")
        #expect(try Pictures.see(level.picture).difference(from: direct) < 2)
    }

    @Test func factsTellTheColours() async throws {
        let deadline = ContinuousClock.now + .seconds(60)
        let pq = try await Pictures.renderer.examine(try Fixture.original("pq.avif"), deadline: deadline)
        #expect(pq.profile == "Rec. 2100 PQ" && pq.bitDepth == 16)
        let hlg = try await Pictures.renderer.examine(try Fixture.original("hlg.png"), deadline: deadline)
        #expect(hlg.profile == "Rec. 2100 HLG")
        let p3 = try await Pictures.renderer.examine(try saying(12, 13, "photo.avif"), deadline: deadline)
        #expect(p3.profile == "Display P3" && p3.bitDepth == 8)
    }

    /// A Display P3 picture looks the same whether a profile says it or code points do.
    @Test func codePointsAndProfilesAgree() async throws {
        let bytes = try Fixture.original("p3.png")
        let byProfile = try await shown(bytes, "format=png")
        var coded = try #require(bytes.getSlice(at: 0, length: 33))
        var chunk = Array("cICP".utf8) + [12, 13, 0, 1]
        chunk += Self.checksum(chunk)
        coded.writeInteger(UInt32(4))
        coded.writeBytes(chunk)
        coded.writeImmutableBuffer(try #require(bytes.getSlice(at: 33, length: bytes.readableBytes - 33)))
        let result = try await Pictures.render(coded, "format=png&metadata=keep")
        #expect(result.facts.profile == "Display P3")
        let byCode = try Pictures.see(result.variant)
        #expect(!byCode.fields.contains { $0.hasPrefix("icc") })
        #expect(byCode.difference(from: byProfile) < 0.6)
    }

    /// PNG's (ISO 15948, annex D).
    private static func checksum(_ bytes: [UInt8]) -> [UInt8] {
        var value = UInt32.max
        for byte in bytes {
            value ^= UInt32(byte)
            for _ in 0..<8 { value = value & 1 == 1 ? value >> 1 ^ 0xEDB8_8320 : value >> 1 }
        }
        return withUnsafeBytes(of: (~value).bigEndian) { Array($0) }
    }

    @Test func bordersAreLookedForInTheColoursThatAreShown() async throws {
        let plain = try await Pictures.render(try Fixture.original("pq.avif"), "format=png").variant.bytes
        for tolerance in [5, 20, 60, 120] {
            let query = "trim=\(tolerance)&format=png"
            let (first, second) = (
                try await shown(try Fixture.original("pq.avif"), query), try await shown(plain, query)
            )
            #expect((first.width, first.height) == (second.width, second.height), "\(tolerance)")
        }
    }

    /// What phones write: turned by the file itself and not by EXIF once more; Display P3 by a profile; tiles without seams.
    @Test func aPictureOfAPhoneStandsUprightInItsColours() async throws {
        let bytes = try Fixture.original("phone.heic")
        let facts = try await Pictures.renderer.examine(bytes, deadline: .now + .seconds(60))
        #expect((facts.format, facts.width, facts.height, facts.orientation) == (.heic, 160, 240, 1))
        #expect(facts.profile == "Anysize P3")
        for query in ["format=png", "w=80&format=png", "metadata=keep&format=png"] {
            let seen = try await shown(bytes, query)
            #expect(seen.width * 3 == seen.height * 2)
            #expect(Pictures.isNear(seen.at(0.15, 0.2), [240, 0, 0], 8), "\(query) \(seen.at(0.15, 0.2))")
            #expect(Pictures.isNear(seen.at(0.85, 0.15), [0, 183, 31], 10), "\(query) \(seen.at(0.85, 0.15))")
            #expect(Pictures.isNear(seen.at(0.15, 0.8), [34, 61, 229], 8), "\(query) \(seen.at(0.15, 0.8))")
        }
    }
}
