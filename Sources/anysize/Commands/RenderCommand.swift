import AnysizeCore
import AnysizeEngine
import ArgumentParser
import Logging
import NIOCore

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif
#if canImport(Glibc)
    import Glibc
#endif

/// The same pipeline without HTTP: a file in, a file out.
struct RenderCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "render",
        abstract: "Render a file by a recipe, without the service.",
        discussion:
            "Exit code 65 means that the file can't be rendered, 64 that the recipe is wrong, 74 that a file can't be read or written."
    )

    @Argument(help: "The original.", completion: .file())
    var file: String

    @Option(help: "What to make of it, as in a URL: 'w=320&format=webp'.")
    var recipe = ""

    @Option(
        name: .customLong("overlay"), help: "The file that stands for the original that overlay names.",
        completion: .file())
    var overlayFile: String?

    @Option(help: "Formats that are read besides the usual ones: \(ExtraFormat.words), separated by commas.")
    var formatsExtra = ""

    @Option(help: "Where to write the result; - for standard output.")
    var output: String

    @Flag(
        help: "Print what was made as JSON, unless the picture itself goes to standard output.")
    var json = false

    func run() async throws {
        let asked: Recipe
        do throws(RecipeError) { asked = try Recipe(query: recipe) } catch { throw Self.fail(64, error.detail) }
        do throws(Disallowed) { _ = try ExtraFormat.list(formatsExtra) } catch {
            throw Self.fail(64, "--formats-extra: \(error.reasons.joined(separator: "; "))")
        }
        let input: Data
        do { input = try Data(contentsOf: URL(filePath: file)) } catch { throw Self.fail(74, "\(file): can't be read") }
        let (facts, settled, rendered) = try await render(ByteBuffer(bytes: input), asked)
        try write(rendered.variant.bytes)
        report(facts, settled, rendered)
    }

    private func render(
        _ bytes: ByteBuffer, _ asked: Recipe
    ) async throws -> (PictureFacts, SettledRecipe, Rendered) {
        do {
            let check = try VipsSelfCheck.start()
            guard check.faults.isEmpty else { throw RenderError.failed(cause: check.faults.joined(separator: "; ")) }
            var settings = Settings()
            settings.formats.extra = try ExtraFormat.list(formatsExtra)
            let pool = HelperPool(settings.helpers(executable: ThisProgram.path, jobCount: 1), logger: Self.logger)
            _ = try await pool.start()
            defer { pool.stop() }
            return try await render(bytes, asked, HelperDecoder(pool: pool, limits: settings.headerLimits))
        } catch let error as RecipeError {
            throw Self.fail(64, error.detail)
        } catch let error as RenderError {
            throw Self.fail(65, Self.text(of: error))
        }
    }

    private func render(
        _ bytes: ByteBuffer, _ asked: Recipe, _ decoder: HelperDecoder
    ) async throws -> (PictureFacts, SettledRecipe, Rendered) {
        let deadline = ContinuousClock.now + .seconds(600)
        let pyramid = Pyramid()
        let examined = try await decoder.examine(bytes, pyramid: pyramid, deadline: deadline)
        let top = try await overlay(decoder, pyramid, deadline)
        let settled = try asked.settled(for: examined.facts, overlay: top?.examined.facts)
        let source = pyramid.source(of: settled, for: examined.facts)
        let overlay = top.flatMap {
            OverlaySource(Digest(of: $0.bytes), $0.examined.facts, for: settled, of: pyramid)
        }
        let overlayLevel = top?.examined.levels.first { $0.place == overlay?.level }
        let plan = RenderPlan.make(settled, for: examined.facts, from: source, overlay: overlay)
        guard case .level(let place) = source, let level = examined.levels.first(where: { $0.place == place }) else {
            let rendered = try await decoder.render(bytes, overlay: overlayLevel, plan: plan, deadline: deadline)
            return (examined.facts, settled, rendered)
        }
        let renderer: any Renderer =
            plan.caption == nil ? VipsRenderer(pool: RenderPool(threadCount: 1)) : decoder
        let rendered = try await renderer.render(level, overlay: overlayLevel, plan: plan, deadline: deadline)
        return (examined.facts, settled, rendered)
    }

    private func overlay(
        _ decoder: HelperDecoder, _ pyramid: Pyramid, _ deadline: ContinuousClock.Instant
    ) async throws -> (bytes: ByteBuffer, examined: Examined)? {
        guard let overlayFile else { return nil }
        let input: Data
        do { input = try Data(contentsOf: URL(filePath: overlayFile)) } catch {
            throw Self.fail(74, "\(overlayFile): can't be read")
        }
        let bytes = ByteBuffer(bytes: input)
        return (bytes, try await decoder.examine(bytes, pyramid: pyramid, deadline: deadline))
    }

    private static var logger: Logger { Logger(label: "anysize") { StreamLogHandler.standardError(label: $0) } }

    private func write(_ bytes: ByteBuffer) throws {
        let data = Data(bytes.readableBytesView)
        do {
            if output == "-" {
                guard Terminal.put(Array(data), to: STDOUT_FILENO) else { throw CocoaError(.fileWriteUnknown) }
            } else {
                try data.write(to: URL(filePath: output), options: .atomic)
            }
        } catch { throw Self.fail(74, "\(output): can't be written") }
    }

    private struct Report: Encodable {
        let recipe: String
        let format: String
        let width: Int
        let height: Int
        let bytes: Int
        let originalWidth: Int
        let originalHeight: Int
        let milliseconds: Double
    }

    private func report(_ facts: PictureFacts, _ settled: SettledRecipe, _ rendered: Rendered) {
        guard output != "-" else { return }
        let header = rendered.variant.bytes.withUnsafeReadableBytes {
            try? ImageHeader.read($0, limits: HeaderLimits())
        }
        // Where borders came off, only the result itself knows.
        let size = header.map { PixelSize(width: $0.width, height: $0.height) } ?? settled.size
        let milliseconds = { (seconds: Double) in (seconds * 10_000).rounded() / 10 }
        let report = Report(
            recipe: settled.text, format: rendered.variant.format.rawValue, width: size.width, height: size.height,
            bytes: rendered.variant.byteCount, originalWidth: facts.width, originalHeight: facts.height,
            milliseconds: milliseconds(rendered.timings.total)
        )
        guard json else {
            print(
                "\(facts.width)x\(facts.height) \(facts.format.rawValue) -> \(report.width)x\(report.height) \(report.format),",
                "\(report.bytes) bytes, \(report.milliseconds) ms"
            )
            return
        }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
        if let data = try? encoder.encode(report) { print(String(decoding: data, as: UTF8.self)) }
    }

    private static func text(of error: RenderError) -> String {
        switch error {
        case .unsupportedFormat: "not a JPEG, PNG, WebP, GIF, AVIF or HEIC image"
        case .formatIsOff(let format):
            "a file of the format \(format.name), which needs --formats-extra \(format.rawValue)"
        case .undecodable(let reason, let cause): "\(reason) (\(cause))"
        case .beyondLimit(let name, let actual, let max): "its \(name) is \(actual); at most \(max) is allowed"
        case .fatal(let reason, let cause): "\(reason.sentence) (\(cause))"
        case .resultTooLarge(let byteCount, let max): "the smallest result has \(byteCount) bytes, and not \(max)"
        case .cancelled, .deadlinePassed: "took too long"
        case .unavailable(let cause): "no helper could be started: \(cause)"
        case .failed(let cause): cause
        }
    }

    private static func fail(_ code: Int32, _ message: String) -> ExitCode {
        Terminal.complain("error: \(message)")
        return ExitCode(code)
    }
}
