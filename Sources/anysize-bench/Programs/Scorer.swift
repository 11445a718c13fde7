import Foundation

/// How near pictures are to the best that can be made of their photograph, by SSIMULACRA 2: 100 is the same picture, 90 can't be told
/// apart, 70 is high and 50 medium quality.
///
/// The best is all pixels decoded, reduced with Lanczos 3 in linear light, and never encoded.
struct Scorer {
    private let commands: Commands
    private let directory: String
    private let vips: String
    private let header: String
    private let python: String

    /// - Throws: where `vips` or the Python package `ssimulacra2` is not installed.
    init(_ bench: Bench) throws {
        commands = Commands(bench: bench)
        directory = try bench.scratch.directory("scores")
        vips = try bench.program("vips")
        header = try bench.program("vipsheader")
        python = try bench.program("python3")
        try commands.run(python, ["-c", "import ssimulacra2"], mayFail: true)
    }

    /// Whether its pixels are stored the way they are seen. Others are turned by some programs and not by others.
    func isUpright(_ photograph: Photograph) -> Bool {
        let orientation = try? commands.run(header, ["-f", "orientation", photograph.path], mayFail: true)
        return orientation.map {
            String(decoding: $0, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines) == "1"
        }
            ?? true
    }

    /// - Parameters:
    ///   - box: each side of the square that it was to fit in, in pixels, at least 256: the score looks at six halvings.
    func score(_ picture: [UInt8], _ format: String, of photograph: Photograph, box: Int) throws -> Double {
        let reference = "\(directory)/\(photograph.name)-\(box).png"
        if !FileManager.default.fileExists(atPath: reference) {
            // With `--linear`, no decoder shrinks.
            try commands.run(
                vips,
                [
                    "thumbnail", photograph.path, reference, "\(box)", "--height", "\(box)", "--size", "down",
                    "--linear",
                ])
        }
        let (encoded, decoded) = ("\(directory)/picture.\(format)", "\(directory)/picture-decoded.png")
        try Data(picture).write(to: URL(filePath: encoded))
        try commands.run(vips, ["copy", encoded, decoded])
        let program = "import sys, ssimulacra2; print(ssimulacra2.compute_ssimulacra2(sys.argv[1], sys.argv[2]))"
        let text = String(decoding: try commands.run(python, ["-c", program, reference, decoded]), as: UTF8.self)
        guard let score = Double(text.trimmingCharacters(in: .whitespacesAndNewlines)) else {
            throw Failure("no score: \(text)")
        }
        return score
    }
}
