import Foundation
import Resampling
import Testing

@Suite struct ReducerTests {
    @Test(arguments: PictureShape.Channels.allCases, [(1, 1), (5, 3), (16, 9), (33, 20)])
    func `A result is what exact arithmetic gives, to one code`(
        channels: PictureShape.Channels, size: (width: Int, height: Int)
    ) {
        let source = Source(width: 40, height: 31, channels: channels, seed: 7)
        for window in [
            Window(left: 0, top: 0, width: 40, height: 31), Window(left: 3.25, top: 1.5, width: 36, height: 28.75),
        ] {
            let made = source.reduced(window, size.width, size.height)
            let exact = source.exactlyReduced(window, size.width, size.height)
            #expect(made.count == exact.count)
            let worst = zip(made, exact).map { abs(Int($0) - Int($1)) }.max() ?? 0
            #expect(worst <= 1, "\(channels) \(size) \(window)")
        }
    }

    @Test func `Nothing changes where nothing is reduced`() {
        for channels in [PictureShape.Channels.gray, .rgb] {
            let source = Source(width: 17, height: 11, channels: channels, seed: 3)
            #expect(source.reduced(Window(left: 0, top: 0, width: 17, height: 11), 17, 11) == source.samples)
            // A part of whole pixels too.
            let part = source.reduced(Window(left: 4, top: 2, width: 9, height: 5), 9, 5)
            for y in 0..<5 {
                let start = ((y + 2) * 17 + 4) * channels.rawValue
                let row = source.samples[start..<start + 9 * channels.rawValue]
                #expect(Array(row) == Array(part[y * 9 * channels.rawValue..<(y + 1) * 9 * channels.rawValue]))
            }
        }
    }

    @Test func `One colour stays that colour, at every size`() {
        for code in [0, 1, 17, 128, 254, 255] as [UInt8] {
            var source = Source(width: 23, height: 19, channels: .rgb, seed: 1)
            source.samples = Array(repeating: code, count: 23 * 19 * 3)
            for side in [1, 2, 7, 18] {
                let made = source.reduced(Window(left: 0.5, top: 0.25, width: 22, height: 18.5), side, side)
                #expect(made.allSatisfy { $0 == code })
            }
        }
    }

    @Test func `Black and white in equal parts are the gray of half the light`() {
        var source = Source(width: 64, height: 64, channels: .gray, seed: 1)
        source.samples = (0..<64 * 64).map { ($0 / 64 + $0 % 64).isMultiple(of: 2) ? 255 : 0 }
        let made = source.reduced(Window(left: 0, top: 0, width: 64, height: 64), 8, 8)
        #expect(made.allSatisfy { abs(Int($0) - 188) <= 2 })
    }

    @Test func `Colours that can't be seen don't bleed into those that can`() {
        var source = Source(width: 16, height: 16, channels: .rgba, seed: 1)
        source.samples = (0..<256).flatMap { index -> [UInt8] in index % 16 < 8 ? [255, 0, 0, 0] : [0, 0, 255, 255] }
        let made = source.reduced(Window(left: 0, top: 0, width: 16, height: 16), 5, 5)
        for pixel in stride(from: 0, to: made.count, by: 4) where made[pixel + 3] > 0 {
            #expect(made[pixel] == 0 && made[pixel + 2] >= 254)
        }
    }

    @Test func `Any batches of rows give the same result`() {
        let source = Source(width: 50, height: 47, channels: .rgb, seed: 9)
        let window = Window(left: 1.5, top: 2.25, width: 40, height: 43)
        let whole = source.reduced(window, 21, 13)
        for batch in [1, 2, 5, 16, 46] { #expect(source.reduced(window, 21, 13, batch: batch) == whole) }
    }

    @Test func `Rows below the window needn't come`() {
        let source = Source(width: 20, height: 40, channels: .gray, seed: 4)
        let target = UnsafeMutableRawBufferPointer.allocate(byteCount: 100, alignment: 16)
        defer { target.deallocate() }
        let reducer = Reducer(
            shape: source.shape, window: Window(left: 0, top: 0, width: 20, height: 20), width: 10, height: 10,
            output: target
        )
        var rows = 0
        source.samples.withUnsafeBytes { bytes in
            while reducer.needsRows {
                reducer.add(rows: UnsafeRawBufferPointer(rebasing: bytes[(rows * 20)...]), count: 1, stride: 20)
                rows += 1
            }
        }
        reducer.finish()
        #expect(rows == 20)
    }
}

/// A picture, and its reduction by the definition.
private struct Source {
    let shape: PictureShape
    var samples: [UInt8]

    init(width: Int, height: Int, channels: PictureShape.Channels, seed: UInt64) {
        shape = PictureShape(width: width, height: height, channels: channels, depth: .eight)
        var state = seed
        samples = (0..<width * height * channels.rawValue).map { _ in
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return UInt8(truncatingIfNeeded: state >> 33)
        }
    }

    func reduced(_ window: Window, _ width: Int, _ height: Int, batch: Int = 1000) -> [UInt8] {
        let target = UnsafeMutableRawBufferPointer.allocate(
            byteCount: width * height * shape.channels.rawValue, alignment: 16)
        defer { target.deallocate() }
        let reducer = Reducer(shape: shape, window: window, width: width, height: height, output: target)
        samples.withUnsafeBytes { bytes in
            var row = 0
            while row < shape.height {
                let count = min(batch, shape.height - row)
                let rest = UnsafeRawBufferPointer(rebasing: bytes[(row * shape.rowBytes)...])
                reducer.add(rows: rest, count: count, stride: shape.rowBytes)
                row += count
            }
        }
        reducer.finish()
        return [UInt8](target)
    }

    func exactlyReduced(_ window: Window, _ width: Int, _ height: Int) -> [UInt8] {
        let channels = shape.channels.rawValue
        let across = Self.shares(window.left, window.width, shape.width, width)
        let down = Self.shares(window.top, window.height, shape.height, height)
        var result: [UInt8] = []
        for y in 0..<height {
            for x in 0..<width {
                var sums = [Double](repeating: 0, count: channels)
                for (row, rowShare) in down[y] {
                    for (column, columnShare) in across[x] {
                        let light = self.light(column, row)
                        for channel in 0..<channels { sums[channel] += light[channel] * rowShare * columnShare }
                    }
                }
                result += coded(sums)
            }
        }
        return result
    }

    private func light(_ x: Int, _ y: Int) -> [Double] {
        let channels = shape.channels.rawValue
        let pixel = samples[(y * shape.width + x) * channels..<(y * shape.width + x + 1) * channels].map {
            Double($0) / 255
        }
        let linear = { (code: Double) in code <= 0.04045 ? code / 12.92 : pow((code + 0.055) / 1.055, 2.4) }
        guard shape.channels.hasAlpha, let alpha = pixel.last else { return pixel.map(linear) }
        return pixel.dropLast().map { linear($0) * alpha } + [alpha]
    }

    private func coded(_ sums: [Double]) -> [UInt8] {
        let code = { (light: Double) -> UInt8 in
            let bounded = min(max(light, 0), 1)
            let value = bounded <= 0.0031308 ? bounded * 12.92 : 1.055 * pow(bounded, 1 / 2.4) - 0.055
            return UInt8((value * 255).rounded())
        }
        guard shape.channels.hasAlpha, let last = sums.last else { return sums.map(code) }
        let alpha = min(max(last, 0), 1)
        let alphaCode = UInt8((alpha * 255).rounded())
        return sums.dropLast().map { alphaCode == 0 ? 0 : code($0 / alpha) } + [alphaCode]
    }

    private static func shares(_ start: Double, _ extent: Double, _ side: Int, _ count: Int) -> [[(Int, Double)]] {
        let factor = extent / Double(count)
        let scale = max(1, factor)
        let lowest = max(0, Int(start.rounded(.down)))
        let highest = min(side, Int((start + extent).rounded(.up))) - 1
        return (0..<count).map { index in
            let centre = start + (Double(index) + 0.5) * factor - 0.5
            let pixels = Int((centre - 3 * scale).rounded(.down))...Int((centre + 3 * scale).rounded(.up))
            let weights = pixels.map { pixel -> (Int, Double) in
                let x = (Double(pixel) - centre) / scale
                let value = x == 0 ? 1 : abs(x) >= 3 ? 0 : 3 * sin(.pi * x) * sin(.pi * x / 3) / (.pi * .pi * x * x)
                return (min(max(pixel, lowest), highest), value)
            }
            let sum = weights.reduce(0) { $0 + $1.1 }
            return weights.map { ($0.0, $0.1 / sum) }
        }
    }
}
