package import AnysizeCore
import NIOCore
import Sandbox
import Vips

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif
#if canImport(Glibc)
    import Glibc
#endif

/// The life of a helper: starts libvips, locks itself in, proves that it can work, and takes one job after the other until the
/// service closes its end.
package enum HelperMain {
    /// The numbers under which a helper finds what the service has opened for it.
    static let socket: CInt = 3
    static let input: CInt = 4
    static let output: CInt = 5

    /// How a helper ends that can't start; the service's log has the reason.
    private static let failure: CInt = 70
    /// Jobs between two times that free memory is given back.
    private static let trimInterval = 4
    /// Bytes of free memory that are given back at once, before the service looks at how large the helper has become: it would replace it,
    /// which takes twenty times as long.
    private static let freeByteCountMax = 40_000_000

    /// Never returns.
    /// - Parameter options: as the service gave them, see ``HelperOptions``.
    package static func run(_ options: HelperOptions) -> Never {
        do {
            let socket = MessageSocket(adopting: socket)
            let input = try SharedMemory(adopting: input)
            let output = try SharedMemory(adopting: output)
            let drawn = DrawingFonts.formats.intersection(options.extraFormats)
            let report: SandboxReport
            do { report = try shutIn(options, drawn) } catch {
                // Standard error may be shut by now.
                try socket.send(HelperCoding.encode(HelperReply.failed(.unavailable(cause: "\(error)"))))
                throw error
            }
            try socket.send(HelperCoding.encode(HelperReply.ready(report)))
            let worker = HelperWorker(input: UnsafeRawBufferPointer(input.bytes), output: output.bytes)
            var jobCount = 0
            while let message = try socket.receive() {
                let reply = try HelperCoding.encode(
                    answer(message, worker) { HelperControl.isCancelled(output.bytes) })
                if Vips.freeByteCount > freeByteCountMax { Vips.releaseFreeMemory() }
                try socket.send(reply)
                jobCount += 1
                // A drawing with hundreds of fonts may have driven ours out. The next one has a right to them, so another helper steps in.
                if drawn.contains(.svg), FormatSniffer.format(of: UnsafeRawBufferPointer(input.bytes)) == .svg {
                    guard DrawingFonts.areAtHand(for: .svg) else { _exit(0) }
                }
                // What one large picture needed, the next ones mostly don't; the service doesn't wait for this.
                if jobCount.isMultiple(of: trimInterval) { Vips.releaseFreeMemory() }
            }
            _exit(0)
        } catch {
            complain("helper: \(error)\n")
            _exit(failure)
        }
    }

    /// Opens all that will be needed, locks the door, and tries whether everything works behind it.
    /// - Parameter drawn: formats that need fonts.
    private static func shutIn(_ options: HelperOptions, _ drawn: Set<ImageFormat>) throws -> SandboxReport {
        Allocator.bound()
        // Hits stay fast while every core decodes.
        ThreadPriority.yieldToEventLoops()
        if !drawn.isEmpty { try DrawingFonts.load(for: drawn) }
        try warmUp(options.extraFormats)
        quiet()
        let report = Sandbox.enter(
            parent: options.parent,
            limits: ProcessLimits(addressSpaceByteCount: options.memoryByteCountMax, openFileCount: 16),
            files: SandboxFiles(
                readable: drawn.contains(.pdf) ? DrawingFonts.paths(for: drawn) : [],
                pretendsAll: drawn.contains(.svg))
        )
        guard report.holds(.landlock) || !drawn.contains(.pdf) else {
            throw RenderError.failed(
                cause: "PDF takes fonts' files, which only Landlock can leave open, and it doesn't hold")
        }
        // Once more, now that the door is shut: a helper that needs something from outside shows it here.
        try rehearse(options.extraFormats)
        return report
    }

    private static func answer(
        _ message: [UInt8], _ worker: HelperWorker, isCancelled: @escaping @Sendable () -> Bool
    ) throws -> HelperReply {
        let request = try HelperCoding.decode(HelperRequest.self, message)
        try ProcessLimits.allowCPU(seconds: request.processorSeconds)
        return worker.reply(
            to: request, watch: Watch(deadline: .now + .seconds(request.seconds), isCancelled: isCancelled))
    }

    /// Makes every codec load what it loads at its first use.
    private static func warmUp(_ extraFormats: [ImageFormat]) throws {
        let loaders = Vips.LoaderSet.uploads(extra: Set(extraFormats.map(\.loader)))
        try Vips.start(loaders)
        let faults = Vips.job { LoaderCheck.faults(loaders) }
        guard faults.isEmpty else { throw RenderError.failed(cause: faults.joined(separator: "; ")) }
        try rehearse(extraFormats)
        // The JSON coder too.
        _ = try HelperCoding.decode(
            HelperReply.self, HelperCoding.encode(HelperReply.failed(.unavailable(cause: "rehearsal"))))
    }

    /// Decodes a built-in picture to levels, and renders it to each format; others, of those that are only read.
    private static func rehearse(_ extraFormats: [ImageFormat]) throws {
        let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 64)
        defer { memory.deallocate() }
        for format in ImageFormat.allCases where format.isOutput {
            try HelperRehearsal.run(format, in: memory)
        }
        try DrawingFonts.check(for: DrawingFonts.formats.intersection(extraFormats))
        for format in [.heic] + extraFormats {
            if let sample = SamplePicture.readOnly(format) { try HelperRehearsal.read(sample, in: memory) }
        }
        Lettering.prepare()
    }

    /// What codecs write to standard error is about pictures of strangers, and unbounded.
    private static func quiet() {
        let descriptor = open("/dev/null", O_WRONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return }
        dup2(descriptor, STDERR_FILENO)
        close(descriptor)
    }

    private static func complain(_ text: String) {
        _ = text.utf8CString.withUnsafeBytes { write(STDERR_FILENO, $0.baseAddress, text.utf8.count) }
    }
}

/// What a helper is told at its start, as arguments of the hidden command `helper`.
package struct HelperOptions: Sendable {
    /// The process id of the service.
    package var parent: Int32
    /// Of its address space.
    package var memoryByteCountMax: Int
    /// Formats beyond the usual ones that it is to decode.
    package var extraFormats: [ImageFormat]

    package init(parent: Int32, memoryByteCountMax: Int, extraFormats: [ImageFormat]) {
        self.parent = parent
        self.memoryByteCountMax = memoryByteCountMax
        self.extraFormats = extraFormats
    }

    /// The words after the program's name.
    var arguments: [String] {
        ["helper", "--parent", "\(parent)", "--memory-bytes-max", "\(memoryByteCountMax)"]
            + extraFormats.flatMap { ["--extra-format", $0.rawValue] }
    }
}
