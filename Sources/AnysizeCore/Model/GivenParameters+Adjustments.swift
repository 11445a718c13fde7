/// Colours and details. Each has one scale here, and others in the field under the same names: what can only be meant on
/// another one is refused with what to say instead.
extension GivenParameters {
    func adjustments() throws(RecipeError) -> Adjustments {
        var result = Adjustments()
        if let (name, value) = values[.brightness] { result.brightness = try percent(name, value) }
        if let (name, value) = values[.contrast] { result.contrast = try percent(name, value) }
        if let (name, value) = values[.saturation] { result.saturation = try percent(name, value) }
        if let (name, value) = values[.hue] { result.hue = try degrees(name, value) }
        if let (name, value) = values[.gamma] { result.gamma = try gamma(name, value) }
        if let (name, value) = values[.grayscale] { result.isGrayscale = try truth(name, value) }
        if let (name, value) = values[.tint] { result.tint = try color(name, value) }
        if let (name, value) = values[.invert] { result.isInverted = try truth(name, value) }
        if let (name, value) = values[.blur] { result.blur = try blur(name, value) }
        if let (name, value) = values[.sharpen] { result.sharpen = try sharpen(name, value) }
        if let (name, value) = values[.pixelate] {
            result.pixelate = try integer(name, value, in: 0...Adjustments.pixelateMax, unit: " pixels")
            if result.pixelate == 1 { result.pixelate = 0 }
        }
        if let (name, value) = values[.filter] { try filter(name, value, &result) }
        if let (name, value) = values[.modulation] { try modulate(name, value, &result) }
        return result
    }

    private func percent(_ name: String, _ value: String) throws(RecipeError) -> Int {
        guard let percent = Self.signed(value), (-100...100).contains(percent) else {
            throw .value(
                name,
                mustBe:
                    "a whole number from -100 to 100, where 0 changes nothing; a factor of 1.5 elsewhere is 50 here")
        }
        if let short = Self.wordsOfPercent[name], Self.isFactor(percent, of: name) {
            throw RecipeError(
                name,
                "\(name)=\(percent) is a factor in one grammar and percent here: say \(short)=\((percent - 1) * 100) for the factor, \(short)=\(percent) for percent."
            )
        }
        return percent
    }

    /// Words that are factors in one grammar, with those that are percent wherever they are known.
    private static let wordsOfPercent = ["brightness": "bri", "contrast": "con", "saturation": "sat"]

    /// Whether that grammar has such a factor: 1 changes nothing in it, and 0 only saturation.
    private static func isFactor(_ number: Int, of name: String) -> Bool {
        number == 1 || number == 2 || number == 0 && name == "saturation"
    }

    private func degrees(_ name: String, _ value: String) throws(RecipeError) -> Int {
        guard let degrees = Self.signed(value), (-360...360).contains(degrees) else {
            throw .value(name, mustBe: "whole degrees from -360 to 360")
        }
        return (degrees + 360) % 360
    }

    private func gamma(_ name: String, _ value: String) throws(RecipeError) -> Double {
        guard name != "gam" else {
            throw RecipeError(
                name, "gam has two other scales in the field: say gamma, from 0.1 to 10, where 1 changes nothing.")
        }
        return try number(name, value, in: 0.1...10)
    }

    private func blur(_ name: String, _ value: String) throws(RecipeError) -> Double {
        guard let sigma = DecimalText.parse(value),
            sigma == 0 || (Adjustments.blurMin...Adjustments.blurMax).contains(sigma)
        else { throw .value(name, mustBe: "a sigma in output pixels, from 0.3 to 1000, or 0 for none") }
        return sigma
    }

    private func sharpen(_ name: String, _ value: String) throws(RecipeError) -> Int {
        guard name != "sh" else {
            throw RecipeError(name, "sh is a sigma elsewhere: say sharpen, from 0 to 100, where 0 changes nothing.")
        }
        guard let percent = Self.signed(value), (0...100).contains(percent) else {
            throw .value(
                name, mustBe: "a whole number from 0 to 100, where 0 changes nothing; 1.0 of 10 elsewhere is about 25")
        }
        guard name != "sharpen" || !(1...10).contains(percent) else {
            throw RecipeError(
                name,
                "sharpen=\(percent) is of 10 in one grammar and of 100 here: say sharp=\(min(100, percent * 25)) for the first, sharp=\(percent) for the second."
            )
        }
        return percent
    }

    /// One grammar's word for several parameters.
    private func filter(_ name: String, _ value: String, _ result: inout Adjustments) throws(RecipeError) {
        switch value {
        case "greyscale", "grayscale":
            try check(name, contradicts: [.grayscale])
            result.isGrayscale = true
        case "negate":
            try check(name, contradicts: [.invert])
            result.isInverted = true
        case "sepia":
            try check(name, contradicts: [.tint])
            result.tint = Self.sepia
        case "duotone":
            throw RecipeError(name, "There is no duotone; tint, a colour for the whole picture, comes nearest.")
        default: throw .value(name, mustBe: "greyscale, negate or sepia")
        }
    }

    private static let sepia = Color(red: 0xa0, green: 0x78, blue: 0x50)

    /// Brightness, saturation and hue in one: two factors, where 1 changes nothing, and degrees.
    private func modulate(_ name: String, _ value: String, _ result: inout Adjustments) throws(RecipeError) {
        try check(name, contradicts: [.brightness, .saturation, .hue])
        let parts = value.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
        let factors = parts.prefix(2).map { DecimalText.parse($0).flatMap(Self.percent(ofFactor:)) }
        guard (1...3).contains(parts.count), let brightness = factors[0],
            let saturation = factors.count > 1 ? factors[1] : 0
        else {
            throw .value(
                name,
                mustBe:
                    "factors of brightness and saturation from 0 to 2 with two decimals, and degrees of hue, as 1.2,0.5,90"
            )
        }
        result.brightness = brightness
        result.saturation = saturation
        if parts.count == 3 { result.hue = try degrees(name, parts[2]) }
    }

    /// Nil where it isn't one of whole percents.
    private static func percent(ofFactor factor: Double) -> Int? {
        let percent = (factor - 1) * 100
        guard (0...2).contains(factor), abs(percent - percent.rounded()) < 1e-6 else { return nil }
        return Int(percent.rounded())
    }

    private func check(_ name: String, contradicts others: [RecipeParameter]) throws(RecipeError) {
        for other in others {
            guard let (given, _) = values[other] else { continue }
            throw RecipeError(name, "\(name) and \(given) say the same: give one.")
        }
    }

    /// Plain ASCII digits with perhaps a minus sign before: no leading zero, at most six.
    private static func signed(_ value: String) -> Int? {
        let digits = value.hasPrefix("-") ? value.dropFirst() : value[...]
        guard (1...6).contains(digits.utf8.count),
            digits.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }),
            digits.utf8.count == 1 || digits.utf8.first != UInt8(ascii: "0")
        else { return nil }
        return Int(value)
    }
}
