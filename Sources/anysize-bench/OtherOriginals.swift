import Foundation

/// The main photograph once more: of other sizes, and in other formats.
struct OtherOriginals {
    let bench: Bench

    struct Kind {
        let name: String
        let path: String

        /// The same picture as so many originals: decoders don't read what follows a JPEG's end. Of other formats, which tell their
        /// length, what follows would be something malformed; then it is one.
        func originals(_ count: Int) throws -> [[UInt8]] {
            let data = [UInt8](try Data(contentsOf: URL(filePath: path)))
            guard path.hasSuffix(".jpg") else { return [data] }
            return (0..<count).map { data + withUnsafeBytes(of: UInt64($0).littleEndian, Array.init) }
        }
    }

    func make() throws -> [Kind] {
        let photograph = bench.photographs.main
        let commands = Commands(bench: bench)
        let vips = try bench.program("vips")
        let directory = try bench.scratch.directory("others")
        let sizes = [2.0, 24, 48].map {
            (name: "\(Int($0)) MP", megapixels: $0, suffix: ".jpg", options: "[Q=90,strip]")
        }
        let formats = [
            (
                name: "12 MP, progressive", megapixels: 12.0, suffix: "-progressive.jpg",
                options: "[Q=90,strip,interlace]"
            ),
            (name: "12 MP, PNG", megapixels: 12, suffix: ".png", options: "[strip]"),
            (name: "12 MP, WebP", megapixels: 12, suffix: ".webp", options: "[Q=85,strip]"),
            (name: "12 MP, AVIF", megapixels: 12, suffix: ".avif", options: "[Q=70,bitdepth=8,effort=1,strip]"),
        ]
        return try (sizes + formats).map { name, megapixels, suffix, options in
            let scale = (megapixels * 1e6 / Double(photograph.pixelCount)).squareRoot()
            let path = "\(directory)/\(Int(megapixels))\(suffix)"
            try commands.run(vips, ["resize", photograph.path, path + options, "\(scale)"])
            return Kind(name: name, path: path)
        }
    }
}
