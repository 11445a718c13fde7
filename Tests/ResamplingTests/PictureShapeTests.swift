import Resampling
import Testing

@Suite struct PictureShapeTests {
    @Test func `Sizes are those of halving and rounding up again and again`() {
        for length in 1...300 {
            var (width, height) = (length, 301 - length)
            for level in 0...12 {
                let size = PictureShape.size(ofLevel: level, width: length, height: 301 - length)
                #expect(size == (width, height))
                (width, height) = ((width + 1) / 2, (height + 1) / 2)
            }
        }
        #expect(PictureShape.size(ofLevel: 200, width: .max, height: 1) == (1, 1))
    }

    @Test func `A level takes a byte for each sample`() {
        let shape = PictureShape(width: 5, height: 3, channels: .rgba, depth: .sixteen)
        #expect((0...3).map(shape.byteCount(ofLevel:)) == [60, 24, 8, 4])
        #expect(shape.rowBytes == 40)
    }
}
