import Foundation
import Resampling

/// Halving written down as plainly as it can be, in double precision.
struct Reference {
    private var width: Int
    private var height: Int
    private let channels: PictureShape.Channels
    /// Linear, multiplied by alpha, row by row.
    private var light: [Double]

    private static let kernel = [-2.0, 3, 15, 15, 3, -2].map { $0 / 32 }

    init(_ picture: Picture) {
        (width, height, channels) = (picture.width, picture.height, picture.channels)
        light = picture.samples.map { Double($0) / Double(picture.full) }
        for k in light.indices where !isAlpha(k) {
            let code = light[k]
            light[k] = code <= 0.04045 ? code / 12.92 : pow((code + 0.055) / 1.055, 2.4)
        }
        for k in light.indices where channels.hasAlpha && !isAlpha(k) { light[k] *= light[alphaIndex(k)] }
    }

    mutating func halve(_ alignment: PairAlignment) {
        let (oldWidth, oldHeight, old) = (width, height, light)
        let count = channels.rawValue
        width = (width + 1) / 2
        height = (height + 1) / 2
        let left = alignment.doublesFirstColumn && oldWidth % 2 == 1 ? 1 : 0
        let top = alignment.doublesFirstRow && oldHeight % 2 == 1 ? 1 : 0
        light = []
        for y in 0..<height {
            for x in 0..<width {
                for channel in 0..<count {
                    var sum = 0.0
                    for v in 0..<6 {
                        for u in 0..<6 {
                            let row = min(max(2 * y + v - 2 - top, 0), oldHeight - 1)
                            let column = min(max(2 * x + u - 2 - left, 0), oldWidth - 1)
                            sum += Self.kernel[v] * Self.kernel[u] * old[(row * oldWidth + column) * count + channel]
                        }
                    }
                    light.append(min(max(sum, 0), 1))
                }
            }
        }
        for k in light.indices where channels.hasAlpha && !isAlpha(k) { light[k] = min(light[k], light[alphaIndex(k)]) }
    }

    /// The codes before rounding.
    var codes: [Double] {
        light.indices.map { k in
            if isAlpha(k) { return 255 * light[k] }
            let alpha = channels.hasAlpha ? light[alphaIndex(k)] : 1
            guard alpha * 255 >= 0.5 else { return 0 }
            let value = light[k] / alpha
            return 255 * (value <= 0.0031308 ? value * 12.92 : 1.055 * pow(value, 1 / 2.4) - 0.055)
        }
    }

    private func isAlpha(_ k: Int) -> Bool { channels.hasAlpha && k == alphaIndex(k) }
    private func alphaIndex(_ k: Int) -> Int { k / channels.rawValue * channels.rawValue + channels.rawValue - 1 }
}
