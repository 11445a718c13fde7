import Foundation
import Testing

extension EndToEnd {
    /// What of a photograph's metadata leaves, as exiftool sees it.
    @Suite(.service()) struct Metadata {
        /// What a tag is about: `File` and `Composite` are exiftool's own words about the picture itself.
        private static let harmlessGroups: Set = [
            "SourceFile", "ExifTool", "File", "JFIF", "PNG", "RIFF", "GIF", "QuickTime", "Meta", "Composite",
        ]
        /// EXIF that libvips writes about the pixels, not about the photograph.
        private static let technical: Set = [
            "XResolution", "YResolution", "ResolutionUnit", "YCbCrPositioning", "ExifVersion",
            "ComponentsConfiguration",
            "FlashpixVersion", "ColorSpace", "Orientation", "ExifImageWidth", "ExifImageHeight", "PixelXDimension",
            "PixelYDimension",
        ]

        /// The tags of a picture, `EXIF:Artist`, with their values.
        private func tags(of picture: Data, _ suffix: String) async throws -> [String: String] {
            try await Scratch.withDirectory { directory in
                let file = directory + "/picture." + suffix
                try picture.write(to: URL(filePath: file))
                let outcome = try await Program.run("/usr/bin/exiftool", ["-j", "-G", "-a", "-ee", file])
                let list = try JSONSerialization.jsonObject(with: outcome.output) as? [[String: Any]]
                return try #require(list?.first).mapValues { "\($0)" }
            }
        }

        /// The photograph with all of its metadata, in each format that exiftool can write it to.
        private func originals() async throws -> [(suffix: String, bytes: Data)] {
            let photo = Materials.root + "/Fixtures/originals/photo.jpg"
            var originals = [(suffix: "jpg", bytes: try Materials.fixture("photo.jpg"))]
            for (name, suffix) in [
                ("p3.png", "png"), ("photo.webp", "webp"), ("photo.avif", "avif"), ("photo.heic", "heic"),
            ] {
                try await Scratch.withDirectory { directory in
                    let file = directory + "/picture." + suffix
                    try Materials.fixture(name).write(to: URL(filePath: file))
                    let copied = try await Program.run(
                        "/usr/bin/exiftool", ["-overwrite_original", "-q", "-tagsFromFile", photo, "-all:all", file])
                    try #require(copied.code == 0, "\(copied.errors)")
                    originals.append((suffix, try Data(contentsOf: URL(filePath: file))))
                }
            }
            return originals
        }

        @Test(.timeLimit(.minutes(2)))
        func nothingLeavesUnlessItIsAskedFor() async throws {
            let service = try #require(RunningService.current)
            for original in try await originals() {
                // Or nothing would be shown.
                let before = try await tags(of: original.bytes, original.suffix)
                #expect(before.keys.contains { $0.hasSuffix("GPSLatitude") } && before.keys.contains("EXIF:Copyright"))
                let id = try await service.client.upload(original.bytes).id
                for format in ["jpeg", "png", "webp", "avif", "gif"] {
                    for size in ["w=90", "w=90&metadata=none", "w=91&h=50&fit=cover&gravity=smart"] {
                        let answer = try await service.client.variant(id, "\(size)&format=\(format)")
                        try #require(answer.status == 200)
                        let left = try await tags(of: answer.body, format).keys.filter { name in
                            !Self.harmlessGroups.contains(String(name.prefix { $0 != ":" }))
                        }
                        #expect(left.isEmpty, "\(original.suffix) to \(format), \(size): \(left)")
                        for secret in ["ANYSIZE-0001", "Anysize contributors", "Synthetic 1"] {
                            #expect(answer.body.range(of: Data(secret.utf8)) == nil)
                        }
                    }
                }
            }
        }

        @Test(.timeLimit(.minutes(2)))
        func copyrightKeepsWhoseItIsAndNothingElse() async throws {
            let service = try #require(RunningService.current)
            for original in try await originals() {
                let id = try await service.client.upload(original.bytes).id
                for format in ["jpeg", "webp", "png", "avif"] {
                    let answer = try await service.client.variant(id, "w=90&metadata=copyright&format=\(format)")
                    try #require(answer.status == 200)
                    let all = try await tags(of: answer.body, format)
                    let left = all.filter { !Self.harmlessGroups.contains(String($0.key.prefix { $0 != ":" })) }
                    let words = Set(left.keys.map { String($0.drop { $0 != ":" }.dropFirst()) }).subtracting(
                        Self.technical)
                    #expect(words == ["Artist", "Copyright"], "\(original.suffix) to \(format): \(left)")
                    #expect(left["EXIF:Orientation"] == nil || left["EXIF:Orientation"] == "Horizontal (normal)")
                    #expect(left["EXIF:Artist"] == "Anysize contributors")
                    #expect(left["EXIF:Copyright"] == "Anysize contributors")
                    #expect(answer.body.range(of: Data("ANYSIZE-0001".utf8)) == nil)
                }
            }
        }

        /// Those who write no EXIF write it as IPTC or XMP, in words of any language and with any brackets.
        @Test(.timeLimit(.minutes(2)))
        func copyrightIsFoundWhereverItStands() async throws {
            let service = try #require(RunningService.current)
            for arguments in [
                [
                    "-charset", "iptc=UTF8", "-IPTC:CodedCharacterSet=UTF8", "-IPTC:By-line=Ada Ünder",
                    "-IPTC:CopyrightNotice=© Ada :)",
                ],
                ["-XMP-dc:Creator=Ada Ünder", "-XMP-dc:Rights=© Ada :)", "-XMP-photoshop:City=Hidden"],
            ] {
                let original = try await Scratch.withDirectory { directory in
                    let file = directory + "/picture.jpg"
                    try Materials.fixture("photo.jpg").write(to: URL(filePath: file))
                    let written = try await Program.run(
                        "/usr/bin/exiftool", ["-overwrite_original", "-q", "-all="] + arguments + [file])
                    try #require(written.code == 0, "\(written.errors)")
                    return try Data(contentsOf: URL(filePath: file))
                }
                let id = try await service.client.upload(original).id
                for format in ["jpeg", "webp", "png", "avif"] {
                    let answer = try await service.client.variant(id, "w=90&metadata=copyright&format=\(format)")
                    try #require(answer.status == 200)
                    let left = try await tags(of: answer.body, format)
                    #expect(
                        left["EXIF:Artist"] == "Ada Ünder" && left["EXIF:Copyright"] == "© Ada :)", "\(format): \(left)"
                    )
                    #expect(!left.keys.contains { $0.hasPrefix("IPTC") || $0.hasPrefix("XMP") }, "\(format)")
                }
            }
        }

        /// As a key of that scope may; without keys, everyone on this machine.
        @Test(.timeLimit(.minutes(1)))
        func factsHaveWhatTheCameraWroteForThoseWhoAsk() async throws {
            let service = try #require(RunningService.current)
            struct Info: Decodable {
                let exif: [String: String]?
                let preview: String?
                let palette: [Color]?

                struct Color: Decodable {
                    let color: String
                    let share: Double
                }
            }
            for original in try await originals() {
                let id = try await service.client.upload(original.bytes).id
                let plain = try await service.client.get("/img/\(id)/info").json(Info.self)
                #expect(plain.exif == nil && plain.palette?.isEmpty == false)
                #expect(plain.preview?.hasPrefix("data:image/webp;base64,") == true)
                #expect((plain.preview ?? "").utf8.count < 1000)
                let asked = try await service.client.get("/img/\(id)/info?exif=1")
                #expect(asked["Cache-Control"] == "private, no-store")
                let exif = try asked.json(Info.self).exif ?? [:]
                #expect(exif["Make"] == "Anysize" && exif["GPSLatitude"] == "48.8584", "\(original.suffix): \(exif)")
                #expect(exif["BodySerialNumber"] == "ANYSIZE-0001" && exif["Copyright"] == "Anysize contributors")
            }
        }
    }
}
