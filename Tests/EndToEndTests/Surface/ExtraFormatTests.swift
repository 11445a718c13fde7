import Foundation
import Testing

extension EndToEnd {
    /// Formats that are taken only where the settings name them.
    @Suite struct ExtraFormats {
        private static let svg = Data(
            "<svg xmlns='http://www.w3.org/2000/svg' width='60' height='40'><rect width='60' height='40' fill='#f00'/></svg>"
                .utf8)

        private static func samples() throws -> [(format: String, bytes: Data, size: Size)] {
            [
                ("tiff", try Materials.extra("orientation_6.tif"), Size(width: 240, height: 160)),
                ("svg", svg, Size(width: 60, height: 40)),
                ("jxl", try Materials.extra("photo.jxl"), Size(width: 480, height: 320)),
                ("pdf", try Materials.extra("two_pages.pdf"), Size(width: 240, height: 160)),
            ]
        }

        @Test(.timeLimit(.minutes(2)))
        func byDefaultEachIsRefusedWithTheSettingThatWouldTakeIt() async throws {
            try await withService { service in
                for (format, bytes, _) in try Self.samples() {
                    let answer = try await service.client.post(bytes)
                    #expect(answer.status == 415)
                    let detail = try #require(answer.problem).detail
                    #expect(detail.contains("formats.extra") && detail.contains(format), "\(detail)")
                }
            }
        }

        @Test(.timeLimit(.minutes(3)))
        func namedEachIsRenderedInEverySizeAndGivenBackAsItCame() async throws {
            try await withService(["formats.extra": "tiff svg jxl pdf"]) { service in
                let client = service.client
                for (format, bytes, size) in try Self.samples() {
                    let info = try await client.upload(bytes)
                    #expect((info.format, info.size, info.pages) == (format, size, 1))
                    let plain = try await client.variant(info.id, "")
                    #expect(plain["Content-Type"] == (format == "svg" ? "image/png" : "image/jpeg"))
                    #expect(PictureHeader(plain.body)?.size == size)
                    let wide = try await client.variant(info.id, "w=900&format=webp")
                    #expect(wide.status == 200 && wide["Content-Type"] == "image/webp")
                    let isDrawn = format == "svg" || format == "pdf"
                    let expected = isDrawn ? Size(width: 900, height: 600) : size
                    #expect(PictureHeader(wide.body)?.size == expected)
                    let original = try await client.get("/img/\(info.id)/original")
                    #expect(original.body == bytes)
                    let types = ["svg": "image/svg+xml", "pdf": "application/pdf"]
                    #expect(original["Content-Type"] == types[format, default: "image/\(format)"])
                    #expect(original["Content-Disposition"]?.hasPrefix("attachment") == true)
                    #expect(original["Content-Security-Policy"]?.contains("sandbox") == true)
                }
            }
        }

        @Test(.timeLimit(.minutes(1)))
        func aWordThatIsNoneOfThemStopsTheStart() async throws {
            let outcome = try await Program.run(["serve", "--formats-extra", "tiff,bmp"])
            #expect(outcome.code == 78)
            #expect(outcome.errors.contains("formats.extra") && outcome.errors.contains("tiff, svg, jxl, pdf"))
        }

        /// Off: what would be taken with the setting is refused. On: every file of the test data, of whatever format, is refused
        /// with a reason or has the size that was told.
        @Test(.enabled(if: Materials.hasShared), .timeLimit(.minutes(10)), arguments: ["", "tiff,svg,jxl,pdf"])
        func sharedFilesAreRefusedOrRendered(extra: String) async throws {
            let ends = ["tif", "tiff", "svg", "svgz", "jxl", "pdf", "jp2"]
            let files = try #require(Materials.shared("formats")).filter {
                !extra.isEmpty || ends.contains($0.pathExtension.lowercased())
            }
            try await withService(extra.isEmpty ? [:] : ["formats.extra": extra]) { service in
                var takenCount = 0
                for file in files {
                    let answer = try await service.client.post(try Data(contentsOf: file))
                    guard answer.status == 201 || answer.status == 200 else {
                        #expect(
                            [413, 415, 422].contains(answer.status), "\(file.lastPathComponent): \(answer.status)")
                        #expect(answer.problem?.detail.isEmpty == false, "\(file.lastPathComponent)")
                        continue
                    }
                    takenCount += 1
                    let info = try answer.json(OriginalInfo.self)
                    let variant = try await service.client.variant(info.id, "format=png")
                    #expect(variant.status == 200, "\(file.lastPathComponent): \(variant.text.prefix(200))")
                    #expect(PictureHeader(variant.body)?.size == info.size, "\(file.lastPathComponent)")
                }
                #expect(extra.isEmpty ? takenCount == 0 : takenCount > files.count / 2)
            }
        }
    }
}
