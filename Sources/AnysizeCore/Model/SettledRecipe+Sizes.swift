/// The sizes on the way to a result, which follow from its own.
extension SettledRecipe {
    /// What a region of the upright original is resampled to, before it is turned, cut or put on a canvas.
    package func resampled(from region: PixelSize) -> PixelSize {
        let target = turned(from: region)
        guard turn.isTilted else { return turn.quarters.applied(to: target) }
        let scale = tiltScale(from: region)
        return PixelSize(
            width: max(1, Int((Double(region.width) * scale).rounded())),
            height: max(1, Int((Double(region.height) * scale).rounded()))
        )
    }

    /// The size of the turned picture, before it is cut or put on a canvas.
    func turned(from region: PixelSize) -> PixelSize {
        switch layout {
        case .fill: size
        case .smartCover, .cut: turn.size(of: region).covering(size)
        case .pad(let content, _): content
        }
    }

    /// The turn by other than quarters, nil where there is none.
    func tilt(from region: PixelSize) -> RenderPlan.Tilt? {
        guard turn.isTilted else { return nil }
        let (natural, target, scale) = (turn.size(of: region), turned(from: region), tiltScale(from: region))
        let canvas = PixelSize(
            width: max(1, Int((Double(natural.width) * scale).rounded())),
            height: max(1, Int((Double(natural.height) * scale).rounded()))
        )
        // Sizes are rounded at two places; a pixel more or less of nothing is no reason to resample once more.
        let isSame = abs(canvas.width - target.width) <= 1 && abs(canvas.height - target.height) <= 1
        return RenderPlan.Tilt(degrees: turn.tilt, canvas: isSame ? target : canvas, size: target)
    }

    /// How much larger or smaller a picture gets before it is tilted: both ways alike, so that angles stay angles.
    private func tiltScale(from region: PixelSize) -> Double {
        let (natural, target) = (turn.size(of: region), turned(from: region))
        return max(
            Double(target.width) / Double(natural.width), Double(target.height) / Double(natural.height))
    }
}

extension PixelSize {
    /// This picture's size when scaled, up or down, until it covers a box.
    fileprivate func covering(_ box: PixelSize) -> PixelSize {
        if width * box.height >= height * box.width {
            let scaled = (2 * width * box.height + height) / (2 * height)
            return PixelSize(width: max(box.width, scaled), height: box.height)
        }
        let scaled = (2 * height * box.width + width) / (2 * width)
        return PixelSize(width: box.width, height: max(box.height, scaled))
    }
}
