import AnysizeCore
import Sandbox

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// What a helper is asked to do with the bytes in its input memory.
struct HelperRequest: Codable {
    let job: Job
    /// Bytes of the original, from the start of the input memory.
    let byteCount: Int
    /// Bytes of the overlay's level, right behind them; 0 where there is none.
    let overlayByteCount: Int
    let limits: HeaderLimits
    /// After so many seconds the helper gives up by itself; a little later it is killed.
    let seconds: Double
    /// After so many seconds of processor time, or up to two more, the kernel ends the helper. The clock on the wall is no measure of a
    /// picture: a busy machine makes every one of them slow.
    let processorSeconds: Int

    enum Job: Codable {
        /// Decode it whole; put the pixels of these levels into the output memory.
        case examine(Pyramid)
        /// Put the finished variant into the output memory.
        case render(RenderPlan)
        /// Say what a camera wrote.
        case exif
    }
}

/// What a helper says. None of it is trusted: ``HelperDecoder`` compares it with what it knows itself.
enum HelperReply: Codable {
    /// The first message: libvips has started, a sample was decoded, and these layers of the sandbox hold.
    case ready(SandboxReport)
    case examined(PictureFacts, [LevelPixels])
    /// Bytes of the variant, from the start of the output memory, and which of the plan's formats it has.
    case rendered(byteCount: Int, ImageFormat, RenderTimings)
    case exif(ExifFields)
    case failed(RenderError)
}

/// Where the output memory has the pixels of a level: one byte a channel, bands interleaved, rows top to bottom, no padding.
struct LevelPixels: Codable, Hashable {
    let place: PyramidLevel
    /// 1 gray, 2 gray and alpha, 3 sRGB, 4 sRGB and alpha.
    let bands: Int
    /// In bytes.
    let offset: Int

    var byteCount: Int { place.size.pixelCount * bands }

    /// Levels one after the other.
    static func packed(_ places: [PyramidLevel], bands: Int) -> [LevelPixels] {
        var offset = HelperControl.byteCount
        return places.map { place in
            let pixels = LevelPixels(place: place, bands: bands, offset: offset)
            offset += pixels.byteCount
            return pixels
        }
    }
}

/// The first bytes of the output memory: the way to tell a busy helper something.
enum HelperControl {
    static let byteCount = 64

    /// Asks the job to end: nobody waits for it any more.
    static func cancel(_ memory: UnsafeMutableRawBufferPointer) { memory[0] = 1 }
    static func clear(_ memory: UnsafeMutableRawBufferPointer) { memory[0] = 0 }
    static func isCancelled(_ memory: UnsafeMutableRawBufferPointer) -> Bool { memory[0] != 0 }
}

/// Messages are JSON: small beside the pixels, which go by shared memory.
enum HelperCoding {
    static func encode(_ message: some Encodable) throws -> [UInt8] { [UInt8](try JSONEncoder().encode(message)) }

    static func decode<Message: Decodable>(_ type: Message.Type, _ bytes: [UInt8]) throws -> Message {
        try JSONDecoder().decode(type, from: Data(bytes))
    }
}
