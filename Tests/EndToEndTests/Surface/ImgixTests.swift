import Foundation
import Testing

extension EndToEnd {
    /// imgix's own library for Python, as it is: every URL that it builds is fetched.
    @Suite struct Imgix {
        private static let token = "FOO123bar456"

        /// What the script prints for each URL.
        struct Built: Decodable, CustomTestStringConvertible {
            let url: String
            var width: Int?
            var height: Int?
            var status = 200

            var testDescription: String { url }
        }

        @Test(.timeLimit(.minutes(3)))
        func everyURLOfTheLibraryIsServed() async throws {
            try await withService(environment: ["ANYSIZE_SIGNING_IMGIX_TOKENS": "imgix:\(Self.token)"]) { service in
                let picture = try Materials.fixture("photo.jpg")
                let answer = try await service.client.send("PUT", "/img/photo.jpg", [:], body: picture)
                try #require(answer.status == 201)
                let built = try await Self.build()
                #expect(built.count > 80)
                for one in built {
                    let answer = try await service.client.get(try Self.target(one.url))
                    #expect(answer.status == one.status, "\(one.url): \(answer.text.prefix(300))")
                    guard answer.status == 200, one.status == 200 else { continue }
                    let header = try #require(PictureHeader(answer.body), "\(one.url)")
                    if let width = one.width { #expect(header.size.width == width, "\(one.url)") }
                    if let height = one.height { #expect(header.size.height == height, "\(one.url)") }
                }
            }
        }

        private static func target(_ url: String) throws -> String {
            let prefix = "https://pictures.example.com"
            try #require(url.hasPrefix(prefix))
            return String(url.dropFirst(prefix.count))
        }

        private static func build() async throws -> [Built] {
            let python = Materials.root + "/.build-tools/bin/python"
            let outcome = try await Program.run(python, ["-c", script, token])
            try #require(outcome.code == 0, "\(outcome.errors) Run: Docker/install-packages test")
            return try JSONDecoder().decode([Built].self, from: outcome.output)
        }

        /// The original has 1600 by 1067 pixels.
        private static let script = """
            import json, re, sys, time
            from imgix import UrlBuilder
            from imgix.urlhelper import UrlHelper

            host, token, path = "pictures.example.com", sys.argv[1], "img/photo.jpg"
            signed = UrlBuilder(host, sign_key=token)
            bare = UrlBuilder(host, sign_key=token, include_library_param=False)
            built = []

            def add(url, width=None, height=None, status=200):
                built.append({"url": url, "width": width, "height": height, "status": status})

            def add_srcset(srcset, width=None, height=None):
                for candidate in srcset.split(",\\n"):
                    url, descriptor = candidate.split(" ")
                    number = float(descriptor[:-1])
                    if descriptor[-1] == "w":
                        add(url, min(1600, int(number)))
                    elif width and width * number <= 1600 and (height or 0) * number <= 1067:
                        add(url, round(width * number), height and round(height * number))
                    else:
                        add(url)

            for builder in [signed, bare]:
                add(builder.create_url(path), 1600, 1067)
                for params, width, height in [
                    ({"w": 100}, 100, 67), ({"h": 100}, 150, 100), ({"w": 100, "dpr": 2}, 200, 133),
                    ({"w": 100, "h": 100, "fit": "crop"}, 100, 100), ({"w": 150, "ar": "3:2", "fit": "crop"}, 150, 100),
                    ({"w": 100, "h": 90, "fit": "crop", "crop": "top"}, 100, 90),
                    ({"w": 100, "h": 90, "fit": "crop", "crop": "top,left"}, 100, 90),
                    ({"w": 100, "h": 90, "fit": "crop", "crop": "entropy"}, 100, 90),
                    ({"w": 90, "h": 90, "fit": "crop", "crop": "focalpoint", "fp-x": 0.25, "fp-y": 0.75}, 90, 90),
                    ({"w": 120, "h": 120, "fit": "clip"}, 120, 80), ({"w": 120, "h": 120, "fit": "max"}, 120, 80),
                    ({"w": 120, "h": 120, "fit": "scale"}, 120, 120),
                    ({"rect": "10,20,300,200"}, 300, 200), ({"w": 110, "fm": "png"}, 110, None),
                    ({"w": 110, "fm": "webp", "q": 40}, 110, None), ({"w": 111, "fm": "jpg", "q": 1}, 111, None),
                    ({"w": 112, "auto": "format"}, 112, None), ({"w": 112, "auto": "format,compress"}, 112, None),
                    ({"w": 113, "bg": "fff"}, 113, None), ({"w": 113, "bg64": "navy"}, 113, None),
                    ({"w": 114, "expires": int(time.time()) + 3600}, 114, None),
                ]:
                    add(builder.create_url("/" + path, params), width, height)
                    helper = UrlHelper(host, path, sign_key=token, params=params)
                    add(str(helper), width, height)

            add_srcset(signed.create_srcset(path))
            add_srcset(signed.create_srcset(path, start=200, stop=900, tol=0.2))
            add_srcset(signed.create_srcset(path, {"auto": "format", "fit": "max"}, widths=[100, 500, 1000, 1800]))
            add_srcset(signed.create_srcset(path, {"ar": "4:3", "fit": "crop"}, widths=[100, 500]))
            add_srcset(signed.create_srcset(path, {"w": 320}), 320)
            add_srcset(signed.create_srcset(path, {"w": 200, "h": 150, "fit": "crop"}), 200, 150)
            add_srcset(signed.create_srcset(path, {"h": 120, "ar": "4:3", "fit": "crop"}), 160, 120)
            add_srcset(signed.create_srcset(path, {"w": 100, "q": 33}), 100)
            add_srcset(signed.create_srcset(path, {"w": 101}, disable_variable_quality=True), 101)
            add_srcset(signed.create_srcset(path, {"w": 102}, {"variable_qualities": {1: 80, 2: 60}}), 102)
            add_srcset(signed.create_srcset(path, {"w": 103}, {"device_pixel_ratios": [1, 4]}), 103)

            add(signed.create_url(path, {"w": 100, "expires": int(time.time()) - 1}), status=410)
            add(UrlBuilder(host).create_url(path, {"w": 100}), status=403)
            add(UrlBuilder(host, sign_key="another").create_url(path, {"w": 100}), status=403)
            add(re.sub("w=100", "w=101", signed.create_url(path, {"w": 100})), status=403)
            print(json.dumps(built))
            """
    }
}
