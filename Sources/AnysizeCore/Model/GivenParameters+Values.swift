/// How values are written, whatever they are about.
extension GivenParameters {
    /// Plain ASCII digits: no sign, no space, no digits of other scripts, no leading zero.
    func integer(
        _ name: String, _ value: String, in range: ClosedRange<Int>, unit: String = ""
    ) throws(RecipeError) -> Int {
        guard value.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }),
            value.utf8.count == 1 || value.utf8.first != UInt8(ascii: "0"),
            let number = Int(value), range.contains(number)
        else { throw .value(name, mustBe: "a whole number from \(range.lowerBound) to \(range.upperBound)\(unit)") }
        return number
    }

    func number(
        _ name: String, _ value: String, in range: ClosedRange<Double>
    ) throws(RecipeError) -> Double {
        guard let number = DecimalText.parse(value), range.contains(number) else {
            throw .value(
                name,
                mustBe: "a number from \(DecimalText.print(range.lowerBound)) to \(DecimalText.print(range.upperBound))"
            )
        }
        return number
    }

    func color(_ name: String, _ value: String) throws(RecipeError) -> Color {
        if let color = Color(value) { return color }
        guard !Color.isAmbiguous(value) else {
            throw RecipeError(
                name,
                "Where a colour has \(value.utf8.count) digits, alpha is the first part in some grammars and the last in others: say rgba(255,0,0,0.5), or write %23 before digits with alpha last."
            )
        }
        throw .value(name, mustBe: "3 or 6 hexadecimal digits, rgba(255,0,0,0.5) or a CSS colour name")
    }

    func truth(_ name: String, _ value: String) throws(RecipeError) -> Bool {
        switch value {
        // As Python writes it, too.
        case "1", "true", "True": return true
        case "0", "false", "False": return false
        default: throw .value(name, mustBe: "1 or 0")
        }
    }
}
