/// What the sizes of a result follow from, together with the part of the original that it shows.
package struct BoxRequest: Hashable, Sendable, Codable {
    /// Device pixels, with `dpr` and `ar` folded in; nil where nothing was asked for.
    package var width: Int?
    package var height: Int?
    package var fit: Fit
    package var gravity: Gravity
    package var zoom: Double
    package var allowsUpscale: Bool
    package var turn: Turn

    /// Whether both sides are given, which is what fits other than `contain` need.
    var isWhole: Bool { width != nil && height != nil }

    /// Without what makes no difference.
    fileprivate var simplified: BoxRequest {
        var request = self
        if !isWhole { request.fit = .contain }
        if width == nil, height == nil { request.allowsUpscale = false }
        guard request.fit != .cover else { return request }
        request.zoom = 1
        // Padding has places, but no points.
        if request.fit == .pad, case .compass = gravity { return request }
        request.gravity = .center
        return request
    }

    /// The parameters that ask for it, the turn aside, as names and values.
    var text: [String] {
        var parts: [String] = []
        if fit != .contain { parts.append("fit=\(fit.rawValue)") }
        if zoom != 1 { parts.append("fp-z=\(DecimalText.print(zoom))") }
        if gravity != .center { parts.append(gravity.text) }
        if let height { parts.append("h=\(height)") }
        if allowsUpscale { parts.append("upscale=1") }
        if let width { parts.append("w=\(width)") }
        return parts
    }
}

extension Recipe {
    /// The box in device pixels, with `dpr` and `ar` folded in. A side above the limit is clamped where `dpr` or `ar` made
    /// it so; the other side follows.
    /// - Parameter isVector: whether the original is drawn anew at each size, so that larger than it says is no enlargement of pixels.
    func boxRequest(limits: OutputLimits, isVector: Bool = false) -> BoxRequest {
        var width = width.map(Double.init)
        var height = height.map(Double.init)
        if let aspectRatio {
            if let known = width {
                height = known / aspectRatio
            } else if let known = height {
                width = known * aspectRatio
            }
        }
        let largest = max(width ?? 0, height ?? 0) * dpr
        let scale = largest > Double(limits.sideMax) ? dpr * Double(limits.sideMax) / largest : dpr
        func device(_ side: Double?) -> Int? {
            side.map { min(limits.sideMax, max(1, Int(($0 * scale).rounded()))) }
        }
        return BoxRequest(
            width: device(width), height: device(height), fit: fit, gravity: gravity, zoom: zoom,
            allowsUpscale: allowsUpscale || isVector, turn: turn
        ).simplified
    }
}
