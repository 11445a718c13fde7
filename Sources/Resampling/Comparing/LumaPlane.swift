/// The luma of a picture, as JPEG has it, from 0 to 255; what is transparent shows the ground below.
package struct LumaPlane {
    package let width: Int
    package let height: Int
    var values: [Float]

    private let ground: Float

    /// - Parameters:
    ///   - width, height: at least 1.
    ///   - ground: 0 for black, 255 for white.
    package init(width: Int, height: Int, ground: Float = 0) {
        self.width = width
        self.height = height
        self.ground = ground
        values = []
        values.reserveCapacity(width * height)
    }

    /// Takes the next rows, from top to bottom.
    /// - Parameters:
    ///   - rows: the address of the first one's first sample.
    ///   - stride: bytes from one to the next.
    package mutating func add(
        rows: UnsafeRawBufferPointer, count: Int, stride: Int, channels: PictureShape.Channels
    ) {
        let step = channels.rawValue
        let isGray = step < 3
        for row in 0..<count {
            let samples = rows.baseAddress! + row * stride
            for pixel in 0..<width {
                let place = (samples + pixel * step).assumingMemoryBound(to: UInt8.self)
                var luma =
                    isGray
                    ? Float(place[0]) : 0.299 * Float(place[0]) + 0.587 * Float(place[1]) + 0.114 * Float(place[2])
                if channels.hasAlpha { luma = ground + (luma - ground) * Float(place[step - 1]) / 255 }
                values.append(luma)
            }
        }
    }

    /// Half as large: means of four.
    var halved: LumaPlane {
        var half = LumaPlane(width: max(1, width / 2), height: max(1, height / 2))
        values.withUnsafeBufferPointer { values in
            for y in 0..<half.height {
                let (upper, lower) = (2 * y * width, min(2 * y + 1, height - 1) * width)
                for x in 0..<half.width {
                    let (left, right) = (2 * x, min(2 * x + 1, width - 1))
                    half.values.append(
                        (values[upper + left] + values[upper + right] + values[lower + left] + values[lower + right])
                            / 4)
                }
            }
        }
        return half
    }
}
