import AnysizeTesting
import NIOCore
import Testing
import Vips

@Suite struct LoaderTests {
    init() throws { try Vips.start(.uploads()) }

    @Test func everyLoaderButOursIsBlocked() {
        #expect(Vips.job { LoaderCheck.faults(.uploads()) } == [])
        #expect(Vips.job { LoaderCheck.missingSavers() } == [])
    }

    @Test(arguments: [
        ("photo.jpg", Loader.jpeg), ("p3.png", .png), ("photo.webp", .webp), ("animated.gif", .gif),
        ("photo.heic", .heif),
    ])
    func aLoaderReadsItsFormatAndNoOther(_ name: String, _ loader: Loader) throws {
        let bytes = try Fixture.original(name)
        for other in Loader.allCases {
            let width = Vips.job {
                bytes.withUnsafeReadableBytes { bytes in
                    do throws(VipsError) { return try Image.load(bytes, as: other).width } catch { return 0 }
                }
            }
            #expect((width > 0) == (other == loader), "\(other)")
        }
    }

    @Test(arguments: [1, 2, 4, 8]) func shrinkOnLoadMakesThePictureSmaller(_ shrink: Int) throws {
        let bytes = try Fixture.original("photo.jpg")
        let width = try Vips.job { () throws(VipsError) in
            try bytes.withUnsafeReadableBytes { (bytes) throws(VipsError) in
                try Image.load(bytes, as: .jpeg, shrink: shrink).width
            }
        }
        #expect(width == 1600 / shrink)
    }

    @Test(arguments: ["animated.gif", "animated.webp"]) func allPagesStandOneBelowTheOther(_ name: String) throws {
        let bytes = try Fixture.original(name)
        let loader: Loader = name.hasSuffix("gif") ? .gif : .webp
        let heights = try Vips.job { () throws(VipsError) in
            try bytes.withUnsafeReadableBytes { (bytes) throws(VipsError) in
                (try Image.load(bytes, as: loader).height, try Image.load(bytes, as: loader, allPages: true).height)
            }
        }
        #expect(heights == (80, 400))
    }

    /// A file that ends before its pixels do must fail when they are read, never come out gray below. GIF isn't among them:
    /// libvips takes the frames that are whole for all there are, so our own look at the header has to tell.
    @Test(arguments: [
        ("truncated_odd.jpg", Loader.jpeg), ("truncated_photo_progressive.jpg", .jpeg), ("truncated_p3.png", .png),
        ("truncated_interlaced.png", .png), ("truncated_photo.webp", .webp), ("truncated_lossless.webp", .webp),
        ("truncated_animated.webp", .webp), ("truncated_photo.avif", .heif),
        ("truncated_photo.heic", .heif),
    ])
    func incompleteFilesFail(_ name: String, _ loader: Loader) throws {
        let bytes = try Fixture.hostile(name)
        #expect(throws: VipsError.self) {
            try Vips.job { () throws(VipsError) in
                try bytes.withUnsafeReadableBytes { (bytes) throws(VipsError) in
                    try Image.load(bytes, as: loader, allPages: true).readAll()
                }
            }
        }
    }

    /// In a process of its own, since the set holds for all of it.
    @Test func aProcessForLevelsLoadsNothingButTheirFormats() async {
        await #expect(processExitsWith: .success) {
            try Vips.start(.levels)
            let faults = Vips.job { LoaderCheck.faults(.levels) }
            precondition(faults.isEmpty, "\(faults)")
            for (name, loader) in [
                ("photo.jpg", Loader.jpeg), ("p3.png", .png), ("photo.webp", .webp), ("animated.gif", .gif),
            ] {
                let bytes = try Fixture.original(name)
                let width = Vips.job {
                    bytes.withUnsafeReadableBytes { bytes in
                        do throws(VipsError) { return try Image.load(bytes, as: loader).width } catch { return 0 }
                    }
                }
                precondition((width > 0) == (loader == .jpeg || loader == .png), "\(loader)")
            }
        }
    }
}
