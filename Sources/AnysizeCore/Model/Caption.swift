/// A text that is put on the picture, as it was asked for.
package struct Caption: Hashable, Sendable, Codable {
    /// 1 to 500 bytes, with something to see in them; of control characters only line feeds.
    package var text: String
    package var font: CaptionFont = .sans
    /// Of the letters, as the height of a line without its spacing; 4 to 320 pixels before `dpr`.
    package var size = Caption.defaultSize
    package var color = Caption.defaultColor
    /// Lines are broken to be no longer; pixels before `dpr`, or percent of the result's width. Nil for all the room there is.
    package var width: Length?
    /// Where its left and upper edge are, likewise; nil for where ``gravity`` puts it.
    package var left: Length?
    package var top: Length?
    /// Where it stands, and so to which side its lines are flush.
    package var gravity = Caption.defaultGravity
    /// Between it and the edges, in pixels before `dpr`, 0 to 8192.
    package var padding = Caption.defaultPadding
    /// 0 to 100; 0 is no text.
    package var opacity = 100

    package init(_ text: String) { self.text = text }

    package static let byteCountMax = 500
    package static let sizes = 4...320
    // As that grammar has them from which the short names come.
    package static let defaultSize = 12
    package static let defaultPadding = 10
    package static let defaultColor = Color(red: 0, green: 0, blue: 0)
    package static let defaultGravity = Compass.southeast
}

/// The fonts there are: those that helpers load before they are shut in.
package enum CaptionFont: String, CaseIterable, Sendable, Codable {
    case sans
    case sansBold = "sans-bold"
    case serif
    case mono
}

/// A caption on one result.
package struct SettledCaption: Hashable, Sendable, Codable {
    package var text: String
    package var font: CaptionFont
    /// In pixels of the result, as all that follows.
    package var size: Int
    /// Never all transparent.
    package var color: Color
    /// The longest line.
    package var width: Int
    package var left: Int?
    package var top: Int?
    package var gravity: Compass
    package var padding: Int
}

extension Recipe {
    /// The caption on a result of that size; nil where there is none, or nothing to see of it.
    func settledCaption(on result: PixelSize) throws(RecipeError) -> SettledCaption? {
        guard let settled = caption?.folded(dpr)?.settled(on: result) else { return nil }
        // Not even narrow letters would fit: drawing them all for nothing takes its time.
        let letter = settled.size * settled.size
        guard settled.text.unicodeScalars.count * letter / 8 <= max(result.pixelCount, 16 * letter) else {
            throw RecipeError("text", "The text is too long for the picture; ask for a smaller text-size.")
        }
        return settled
    }
}

extension Caption {
    /// The same for a `dpr` of 1; nil where there is nothing to see of it.
    func folded(_ dpr: Double) -> Caption? {
        var folded = self
        folded.color.alpha = UInt8((Double(color.alpha) * Double(opacity) / 100).rounded())
        folded.opacity = 100
        guard folded.color.alpha > 0 else { return nil }
        folded.size = min(max(size.scaled(by: dpr), Self.sizes.lowerBound), Self.sizes.upperBound)
        folded.width = width?.folded(dpr)
        folded.left = left?.folded(dpr)
        folded.top = top?.folded(dpr)
        folded.padding = min(Recipe.sideMax, padding.scaled(by: dpr))
        return folded
    }

    /// On a result of that size, where lengths are in its pixels.
    func settled(on result: PixelSize) -> SettledCaption {
        let padding = min(padding, (min(result.width, result.height) - 1) / 2)
        let left = left.map { min($0.resolved(of: result.width), result.width - 1) }
        let top = top.map { min($0.resolved(of: result.height), result.height - 1) }
        let room = result.width - (left ?? 2 * padding)
        return SettledCaption(
            text: text, font: font, size: size, color: color,
            width: min(max(1, width?.resolved(of: result.width) ?? room), room), left: left, top: top,
            gravity: gravity, padding: padding
        )
    }

    /// The parameters that ask for it, of one that is folded.
    var parameters: [String] {
        var parts = ["text=\(PercentEncoding.encode(text))"]
        if color != Self.defaultColor { parts.append("text-color=\(color.text)") }
        if font != .sans { parts.append("text-font=\(font.rawValue)") }
        if gravity != Self.defaultGravity { parts.append("text-gravity=\(gravity.rawValue)") }
        if padding != Self.defaultPadding { parts.append("text-padding=\(padding)") }
        if size != Self.defaultSize { parts.append("text-size=\(size)") }
        if let width { parts.append("text-w=\(width.text)") }
        if let left { parts.append("text-x=\(left.text)") }
        if let top { parts.append("text-y=\(top.text)") }
        return parts
    }
}

extension Int {
    /// Device pixels for so many of the caller's.
    fileprivate func scaled(by dpr: Double) -> Int { Int((Double(self) * dpr).rounded()) }
}

extension SettledCaption {
    /// The parameters that say the same again, sorted.
    var parameters: [String] {
        var caption = Caption(text)
        (caption.font, caption.size, caption.color) = (font, size, color)
        (caption.gravity, caption.padding, caption.width) = (gravity, padding, .pixels(width))
        (caption.left, caption.top) = (left.map { .pixels($0) }, top.map { .pixels($0) })
        return caption.parameters
    }
}

extension RenderPlan {
    /// A text, drawn and put in its place, which depends on how large it turns out to be.
    package struct CaptionStep: Hashable, Sendable, Codable {
        package var text: String
        package var font: CaptionFont
        /// Of the letters, in pixels.
        package var size: Int
        package var color: Color
        /// The longest line, in pixels.
        package var width: Int
        /// Where on the result it may be.
        package var room: PixelRect
        /// Shares of the spare room that are left of it and above it.
        package var gravity: Share

        package struct Share: Hashable, Sendable, Codable {
            package var x: Double
            package var y: Double
        }

        /// - Parameter result: its size.
        init(_ caption: SettledCaption, on result: PixelSize) {
            text = caption.text
            font = caption.font
            size = caption.size
            color = caption.color
            width = caption.width
            let pad = caption.padding
            let (left, top) = (caption.left ?? pad, caption.top ?? pad)
            room = PixelRect(
                left: left, top: top, width: result.width - left - (caption.left == nil ? pad : 0),
                height: result.height - top - (caption.top == nil ? pad : 0)
            )
            gravity = Share(
                x: caption.left == nil ? caption.gravity.x : 0, y: caption.top == nil ? caption.gravity.y : 0)
            flush = caption.gravity.x
        }

        /// To which side lines are flush: 0 for the left one, 1 for the right one.
        package var flush: Double
    }
}
