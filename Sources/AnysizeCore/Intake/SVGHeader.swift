/// Reads how large an SVG wants to be (SVG 2, 8.2) from its root element; nothing else of the document is looked at.
///
/// The size is that of `width` and `height`, in CSS pixels, or that of `viewBox` where these aren't given or are percentages; one
/// alone brings the other along. Without any of them it is 300 by 150, as for anything on the web that doesn't say how large it is.
package enum SVGHeader {
    package static func read(_ bytes: UnsafeRawBufferPointer, limits: HeaderLimits) throws(HeaderError) -> ImageHeader {
        guard let root = XMLRoot(bytes) else { throw .malformed(.svgRoot) }
        let size = try SVGSize(root.attributes())
        let (width, height) = (size.pixels(size.width), size.pixels(size.height))
        guard width > 0, height > 0 else { throw .malformed(.zeroSize) }
        try limits.checkSize(width, height)
        var header = ImageHeader(format: .svg, byteCount: bytes.count, width: width, height: height)
        header.hasAlpha = true
        header.channelCount = 4
        header.bitDepth = 8
        return header
    }

    /// The same document with the size that ``read(_:limits:)`` finds as its `width` and `height`, so that nobody can be of another
    /// opinion on lengths, percentages and what is missing.
    package static func sized(_ bytes: UnsafeRawBufferPointer) throws(HeaderError) -> [UInt8] {
        guard let root = XMLRoot(bytes) else { throw .malformed(.svgRoot) }
        let attributes = try root.attributes()
        let size = try SVGSize(attributes)
        var document = [UInt8](bytes)
        for attribute in attributes where attribute.name == "width" || attribute.name == "height" {
            for place in attribute.place { document[place] = UInt8(ascii: " ") }
        }
        let text = " width=\"\(DecimalText.print(size.width))\" height=\"\(DecimalText.print(size.height))\""
        document.insert(contentsOf: text.utf8, at: root.nameEnd)
        return document
    }
}

/// In CSS pixels and fractions of them.
private struct SVGSize {
    var width: Double
    var height: Double

    /// What is told by `viewBox` alone is in units of the drawing's own, and needn't be pixels: maps have 100,000 of them. So it is made
    /// smaller, to this many pixels a side.
    private static let boxSideMax = 4_096.0
    /// No limit lets more through, and from here on a number is only large.
    private static let lengthMax = 1e6

    init(_ attributes: [XMLRoot.Attribute]) throws(HeaderError) {
        func value(_ name: String) throws(HeaderError) -> String? {
            let found = attributes.filter { $0.name == name }
            guard found.count < 2 else { throw .malformed(.svgRoot) }
            return found.first?.value
        }
        let width = try value("width").flatMap(Self.length)
        let height = try value("height").flatMap(Self.length)
        let box = try value("viewBox").flatMap(Self.box)
        switch (width, height, box) {
        case (let width?, let height?, _): (self.width, self.height) = (width, height)
        case (let width?, nil, let box?): (self.width, self.height) = (width, width * box.height / box.width)
        case (nil, let height?, let box?): (self.width, self.height) = (height * box.width / box.height, height)
        case (nil, nil, let box?):
            let scale = min(1, Self.boxSideMax / max(box.width, box.height))
            (self.width, self.height) = (box.width * scale, box.height * scale)
        default: (self.width, self.height) = (width ?? 300, height ?? 150)
        }
        self.width = Self.rounded(min(self.width, Self.lengthMax))
        self.height = Self.rounded(min(self.height, Self.lengthMax))
    }

    /// As many digits as are written into the document.
    private static func rounded(_ length: Double) -> Double { (length * 1_000).rounded() / 1_000 }

    /// As whole pixels, rounded as the decoder does.
    func pixels(_ length: Double) -> Int { Int(length + 0.5) }

    /// Pixels of a length; nil for percentages, and for what is none.
    private static func length(_ text: String) -> Double? {
        guard let (number, unit) = number(text), let factor = units[unit], number >= 0 else { return nil }
        return number * factor
    }

    private static let units: [Substring: Double] = [
        "": 1, "px": 1, "in": 96, "cm": 96 / 2.54, "mm": 9.6 / 2.54, "Q": 2.4 / 2.54, "pt": 4.0 / 3, "pc": 16,
        "em": 16, "rem": 16, "ex": 8,
    ]

    private static func box(_ text: String) -> (width: Double, height: Double)? {
        let parts = text.split { $0 == "," || $0.isWhitespace }.compactMap { number(String($0)) }
        guard parts.count == 4, parts.allSatisfy({ $0.unit.isEmpty }), parts[2].number > 0, parts[3].number > 0 else {
            return nil
        }
        return (parts[2].number, parts[3].number)
    }

    /// A number and what stands behind it, blanks around aside.
    private static func number(_ text: String) -> (number: Double, unit: Substring)? {
        let text = text.drop(while: \.isWhitespace)
        var end = text.startIndex
        func skipDigits() {
            while end < text.endIndex, text[end].isASCII, text[end].isWholeNumber { text.formIndex(after: &end) }
        }
        func skip(_ signs: String) -> Bool {
            guard end < text.endIndex, signs.contains(text[end]) else { return false }
            text.formIndex(after: &end)
            return true
        }
        _ = skip("+-")
        skipDigits()
        if skip(".") { skipDigits() }
        let plain = end
        // An exponent has digits; else it is the beginning of `em`.
        if skip("eE") {
            _ = skip("+-")
            let digits = end
            skipDigits()
            if end == digits { end = plain }
        }
        guard let number = Double(text[..<end]), number.isFinite else { return nil }
        let unit = text[end...]
        return (number, unit.lastIndex { !$0.isWhitespace }.map { unit[...$0] } ?? "")
    }
}
