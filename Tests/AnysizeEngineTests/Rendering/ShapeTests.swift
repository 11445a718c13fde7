import AnysizeCore
import AnysizeTesting
import NIOCore
import Testing

@testable import AnysizeEngine

/// Turns, mirrors and outlines in pixels.
@Suite(.timeLimit(.minutes(3))) struct ShapeTests {
    private static let red = [220, 30, 30]
    private static let blue = [40, 60, 220]

    /// The upright picture has red at the top left and blue at the bottom left.
    @Test(arguments: [
        ("rotate=90", 0.80, 0.15), ("rotate=180", 0.85, 0.80), ("rotate=270", 0.20, 0.85), ("flip=h", 0.85, 0.20),
        ("flip=v", 0.15, 0.80), ("flip=hv", 0.85, 0.80), ("rotate=90&flip=h", 0.20, 0.15),
        ("rotate=90&flip=v", 0.80, 0.85),
    ])
    func quartersMoveWholePixels(_ query: String, _ x: Double, _ y: Double) async throws {
        let upright = try await Pictures.see("orientation_1.jpg", "format=png")
        for exif in 1...8 {
            let seen = try await Pictures.see("orientation_\(exif).jpg", "\(query)&format=png")
            #expect(Pictures.isNear(seen.at(x, y), Self.red, 30), "orientation \(exif) ?\(query)")
            #expect(seen.pixels.count == upright.pixels.count)
        }
        // Nothing is resampled: the same values, elsewhere.
        let seen = try await Pictures.see("orientation_1.jpg", "\(query)&format=png")
        #expect(seen.pixels.sorted() == upright.pixels.sorted())
    }

    @Test func aTurnIsTheSameFromALevel() async throws {
        let bytes = try Fixture.original("photo.jpg")
        let examined = try await Pictures.renderer.examine(bytes, pyramid: Pyramid(), deadline: .now + .seconds(60))
        for query in [
            "w=150&rotate=90&flip=v", "w=150&rotate=20", "w=90&h=90&fit=cover&g=north&rotate=270&mask=circle",
        ] {
            let settled = try Recipe(query: "\(query)&format=png").settled(for: examined.facts)
            let source = Pyramid().source(of: settled, for: examined.facts)
            guard case .level(let place) = source, let level = examined.levels.first(where: { $0.place == place })
            else {
                Issue.record("?\(query) is not from a level")
                continue
            }
            let plan = RenderPlan.make(settled, for: examined.facts, from: source)
            let rendered = try await VipsRenderer(pool: Pictures.renderer.pool)
                .render(level, plan: plan, deadline: .now + .seconds(60))
            let fromLevel = try Pictures.see(rendered.variant)
            let direct = try await Pictures.see("photo.jpg", "\(query)&format=png")
            #expect(fromLevel.difference(from: direct) < 4, "?\(query)")
        }
    }

    @Test func otherAnglesLeaveCornersClearOrColoured() async throws {
        let clear = try await Pictures.see("photo.jpg", "w=200&rotate=30&format=png")
        #expect(clear.bands == 4)
        #expect(clear.at(0.01, 0.01)[3] == 0 && clear.at(0.99, 0.01)[3] == 0)
        #expect(clear.at(0.5, 0.5)[3] == 255)
        let white = try await Pictures.see("photo.jpg", "w=200&rotate=30&format=jpeg")
        #expect(Pictures.isNear(white.at(0.01, 0.01), [255, 255, 255], 4))
        let green = try await Pictures.see("gray.jpg", "w=200&rotate=-30&bg=00ff00&format=png")
        #expect(green.bands == 3)
        #expect(green.at(0.01, 0.01) == [0, 255, 0])
        let veiled = try await Pictures.see("photo.jpg", "w=200&rotate=30&bg=%230000ff80&format=png")
        #expect(veiled.at(0.01, 0.01) == [0, 0, 255, 128])
        #expect(veiled.at(0.5, 0.5)[3] == 255)
        let gray = try await Pictures.see("gray.jpg", "w=200&rotate=7&format=png")
        #expect(gray.bands == 2)
    }

    @Test func aTiltAndItsOppositeComeBack() async throws {
        // Half a turn in one step, or by two tilts of the same picture: red must be where the arithmetic says.
        let seen = try await Pictures.see("orientation_1.jpg", "rotate=45&format=png")
        // 240 by 160: red's middle is 84 left of and 48 above the middle; an eighth of a turn moves it.
        let (dx, dy) = ((-84.0 + 48) * 0.7071, (-84.0 - 48) * 0.7071)
        let (x, y) = (0.5 + dx / Double(seen.width), 0.5 + dy / Double(seen.height))
        #expect(Pictures.isNear(seen.at(x, y), Self.red, 30), "\(seen.at(x, y))")
        let mirrored = try await Pictures.see("orientation_1.jpg", "rotate=45&flip=h&format=png")
        #expect(Pictures.isNear(mirrored.at(1 - x, y), Self.red, 30))
        let turned = try await Pictures.see("orientation_1.jpg", "rotate=225&format=png")
        #expect(Pictures.isNear(turned.at(1 - x, 1 - y), Self.red, 30))
    }

    @Test(arguments: ["w=100&radius=30", "w=100&mask=ellipse"]) func outlinesHaveSmoothEdgesAndNoFringe(
        _ query: String
    ) async throws {
        let whole = try await Pictures.see("gray.jpg", "w=100&format=png")
        let seen = try await Pictures.see("gray.jpg", "\(query)&format=png")
        var partly = 0
        for index in 0..<whole.pixels.count where seen.pixels[index * 2 + 1] > 0 {
            if seen.pixels[index * 2 + 1] < 255 { partly += 1 }
            #expect(seen.pixels[index * 2] == whole.pixels[index])
        }
        #expect(partly > 20, "hard edges")
    }

    @Test func tiltedEdgesHaveNoFringe() async throws {
        let seen = try await Pictures.see("gray.jpg", "w=100&rotate=17&format=png")
        let partly = stride(from: 1, to: seen.pixels.count, by: 2).filter { (1...254).contains(seen.pixels[$0]) }
        #expect(partly.count > 20, "hard edges")
        #expect(partly.count { seen.pixels[$0] > 60 && seen.pixels[$0 - 1] < 12 } == 0)
    }

    @Test func adjustmentsLeaveTheCornersColourAlone() async throws {
        let seen = try await Pictures.see("photo.jpg", "w=100&rotate=20&bg=ff0000&grayscale=1&format=png")
        #expect(seen.at(0.001, 0.001) == [255, 0, 0])
        let middle = seen.at(0.5, 0.5)
        #expect(middle[0] == middle[1] && middle[1] == middle[2])
    }

    @Test(arguments: ["png", "webp", "avif", "gif"]) func outlinesAreClearWhereTheFormatIs(_ format: String)
        async throws
    {
        for name in ["photo.jpg", "gray.jpg", "alpha.png", "rgb16.png"] {
            let seen = try await Pictures.see(name, "w=90&h=90&fit=cover&mask=circle&format=\(format)&upscale=1")
            #expect(seen.bands == 4 || seen.bands == 2, "\(name)")
            #expect(seen.at(0.02, 0.02).last == 0 && seen.at(0.98, 0.98).last == 0, "\(name)")
            if name != "alpha.png" { #expect(seen.at(0.5, 0.02).last ?? 0 > 200, "\(name)") }
        }
    }

    @Test func outlinesTakeOnABackground() async throws {
        let red = try await Pictures.see("gray.jpg", "w=90&radius=20,0,0,0&bg=red&format=png")
        #expect(red.bands == 3)
        #expect(red.at(0.001, 0.001) == [255, 0, 0])
        #expect(red.at(0.999, 0.001) != [255, 0, 0])
        let white = try await Pictures.see("photo.jpg", "w=90&mask=ellipse&format=jpeg")
        #expect(Pictures.isNear(white.at(0.01, 0.01), [255, 255, 255], 6))
        let veiled = try await Pictures.see("alpha.png", "w=90&mask=circle&bg=%2300f8&format=png")
        #expect(veiled.at(0.001, 0.001) == [0, 0, 255, 136])
        let padded = try await Pictures.see("photo.jpg", "w=90&h=90&fit=pad&radius=20&bg=0f0&format=png")
        #expect(padded.at(0.001, 0.001) == [0, 255, 0])
    }

    @Test func aMaskCoversWhatGeometrySays() {
        func mask(_ outline: Outline, _ width: Int, _ height: Int) -> [UInt8] {
            let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: width * height, alignment: 1)
            defer { memory.deallocate() }
            OutlineMask(outline, size: PixelSize(width: width, height: height)).write(to: memory)
            return [UInt8](memory)
        }
        func area(_ mask: [UInt8]) -> Double { mask.reduce(0) { $0 + Double($1) } / 255 }
        for side in [1, 2, 7, 64, 101] {
            let (circle, radius) = (mask(.circle, side, side + 30), Double(side) / 2)
            #expect(abs(area(circle) - .pi * radius * radius) < 0.03 * Double(side) + 0.05, "\(side)")
            #expect(circle == circle.reversed(), "\(side)")
        }
        #expect(abs(area(mask(.ellipse, 80, 33)) - .pi * 40 * 16.5) < 2)
        let even = Outline.Corners(topLeft: 10, topRight: 10, bottomRight: 10, bottomLeft: 10)
        #expect(abs(area(mask(.corners(even), 60, 40)) - (2400 - (4 - .pi) * 100)) < 1)
        let one = mask(.corners(Outline.Corners(topLeft: 0, topRight: 9, bottomRight: 0, bottomLeft: 0)), 20, 20)
        #expect(one[0] == 255 && one[19] == 0 && one[380] == 255 && one[399] == 255)
    }
}
