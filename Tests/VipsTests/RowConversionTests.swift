import AnysizeTesting
import NIOCore
import Testing
import Vips

/// A step of ours in the middle of libvips'.
@Suite struct RowConversionTests {
    private final class Token: Sendable {}

    private let picture: ByteBuffer

    init() throws {
        try Vips.start(.uploads())
        picture = try Fixture.original("photo.jpg")
    }

    private func with<Result>(_ body: (borrowing Image) throws(VipsError) -> Result) throws -> Result {
        try Vips.job { () throws(VipsError) in
            try picture.withUnsafeReadableBytes { (bytes) throws(VipsError) in
                try body(try Image.load(bytes, as: .jpeg))
            }
        }
    }

    /// Each sample times 257, three a pixel.
    private static func widen(_ samples: UnsafeRawPointer, _ width: Int, _ result: UnsafeMutableRawPointer) {
        for index in 0..<3 * width {
            let sample = UInt16(samples.load(fromByteOffset: index, as: UInt8.self))
            result.storeBytes(of: sample * 257, toByteOffset: 2 * index, as: UInt16.self)
        }
    }

    @Test func allPixelsAreConvertedWhateverComesBehind() throws {
        let same = try with { (image) throws(VipsError) in
            let memory = try image.inMemory()
            let wide = try memory.convertingRows { Self.widen($0, $1, $2) }
            guard wide.isShort, wide.isRGB, wide.bands == 3, wide.width == memory.width else { return false }
            let (whole, narrow) = (try memory.pixels(), try wide.shiftToByte().pixels())
            let cut = try wide.extract(left: 700, top: 13, width: 400, height: 77).shiftToByte().pixels()
            let part = try memory.extract(left: 700, top: 13, width: 400, height: 77).pixels()
            return whole == narrow && cut == part
        }
        #expect(same)
    }

    @Test func rowsOfADecoderAreConvertedAsTheyCome() throws {
        let (byRows, fields) = try with { (image) throws(VipsError) in
            let wide = try image.convertingRows { Self.widen($0, $1, $2) }
            return (try wide.resize(width: 40, height: 30).pixels().count, wide.fields.contains("exif-data"))
        }
        #expect(byRows == 40 * 30 * 3 * 2)
        #expect(fields)
    }

    @Test func aWatchStopsIt() throws {
        let watch = Watch()
        watch.cancel()
        #expect(throws: VipsError.self) {
            try with { (image) throws(VipsError) in
                image.watched(by: watch)
                try image.convertingRows { Self.widen($0, $1, $2) }.readAll()
            }
        }
    }

    @Test func whatTheConversionHoldsIsLetGo() throws {
        weak var left: Token?
        func convert() throws {
            let token = Token()
            left = token
            try with { (image) throws(VipsError) in
                let wide = try image.convertingRows { [token] in
                    Self.widen($0, $1, $2)
                    _ = token
                }
                try wide.readAll()
            }
        }
        try convert()
        #expect(left == nil)
    }
}
