import Testing

@testable import Resampling

@Suite struct DissimilarityTests {
    private func plane(_ picture: Picture, on ground: Float = 0) -> LumaPlane {
        var plane = LumaPlane(width: picture.width, height: picture.height, ground: ground)
        let stride = picture.shape.rowBytes
        picture.bytes().withUnsafeBytes {
            plane.add(rows: $0, count: picture.height, stride: stride, channels: picture.channels)
        }
        return plane
    }

    private func disturbed(_ picture: Picture, by amount: Int) -> Picture {
        let noise = Picture.noise(picture.width, picture.height, picture.channels, seed: 9)
        var result = picture
        result.samples = zip(picture.samples, noise.samples).map {
            max(0, min(255, $0 + (($1 - 128) * amount) / 128))
        }
        return result
    }

    private var picture: Picture {
        Picture(
            width: 67, height: 45, channels: .rgb, depth: .eight,
            samples: (0..<45).flatMap { y in (0..<67).flatMap { x in [2 * x, 3 * y, (x * y) % 200] } })
    }

    @Test func `A picture looks like itself, and less so the more it is disturbed`() {
        let comparison = Dissimilarity(reference: plane(picture))
        #expect(comparison.distance(to: plane(picture))! < 1e-4)
        let distances = [2, 5, 12, 30, 80].map { comparison.distance(to: plane(disturbed(picture, by: $0)))! }
        #expect(distances == distances.sorted() && distances[0] > 0.0001)
    }

    @Test func `Seams between tiles are left out, and nothing else is`() {
        let picture = Picture.noise(128, 64, .gray)
        let isSeam = { (x: Int) in x % 64 < 3 || x % 64 > 60 }
        var (seams, insides) = (picture, picture)
        for place in picture.samples.indices {
            if isSeam(place % 128) || isSeam(place / 128) {
                seams.samples[place] ^= 127
            } else {
                insides.samples[place] ^= 15
            }
        }
        let whole = Dissimilarity(reference: plane(picture))
        let tiled = Dissimilarity(reference: plane(picture), tileSide: 64)
        #expect(whole.distance(to: plane(seams))! > 0.01 && tiled.distance(to: plane(seams))! < 1e-4)
        #expect(tiled.distance(to: plane(insides))! > 0.01)
        // There is nothing but seams.
        #expect(Dissimilarity(reference: plane(picture), tileSide: 16).distance(to: plane(insides)) == nil)
    }

    @Test(arguments: [(1, 1), (7, 100), (100, 7)]) func `What is too small to compare isn't`(_ size: (Int, Int)) {
        let picture = Picture.noise(size.0, size.1, .gray)
        let comparison = Dissimilarity(reference: plane(picture))
        #expect(comparison.distance(to: plane(picture)) == nil)
    }

    @Test(arguments: PictureShape.Channels.allCases) func `Luma is of what is seen`(_ channels: PictureShape.Channels) {
        let shape = PictureShape(width: 9, height: 8, channels: channels, depth: .eight)
        let white = plane(Picture.filled(255, shape))
        #expect(white.values.allSatisfy { abs($0 - 255) < 0.01 })
        var hidden = Picture.filled(255, shape)
        guard channels.hasAlpha else { return }
        for pixel in 0..<72 { hidden.samples[(pixel + 1) * channels.rawValue - 1] = 0 }
        #expect(plane(hidden).values.allSatisfy { $0 == 0 })
        #expect(plane(hidden, on: 255).values.allSatisfy { $0 == 255 })
    }

    @Test(arguments: PictureShape.Channels.allCases) func `Drawings are flat, photographs aren't`(
        _ channels: PictureShape.Channels
    ) {
        func isDrawing(_ picture: Picture) -> Bool {
            var flatness = Flatness()
            picture.bytes(gap: 5).withUnsafeBytes {
                flatness.add(
                    rows: $0, count: picture.height, stride: picture.shape.rowBytes + 5, width: picture.width,
                    channels: channels.rawValue)
            }
            return flatness.isDrawing
        }
        #expect(!isDrawing(Picture.noise(40, 30, channels)))
        #expect(isDrawing(Picture.filled(9, PictureShape(width: 40, height: 30, channels: channels, depth: .eight))))
        #expect(!isDrawing(Picture.filled(9, PictureShape(width: 1, height: 30, channels: channels, depth: .eight))))
    }
}
