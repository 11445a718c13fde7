import AnysizeCore
import Testing

@Suite("SVG headers")
struct SVGHeaderTests {
    static let limits = HeaderLimits(extraFormats: [.svg])

    struct Case: Sendable, CustomTestStringConvertible {
        let attributes: String
        let width: Int
        let height: Int
        var testDescription: String { attributes }

        init(_ attributes: String, _ width: Int, _ height: Int) {
            self.attributes = attributes
            self.width = width
            self.height = height
        }
    }

    static let cases = [
        Case("width='100' height='50'", 100, 50),
        Case("width=\"100px\" height = \"50.4\"", 100, 50),
        Case("width='99.5' height='.6'", 100, 1),
        Case("width='1in' height='2.54cm'", 96, 96),
        Case("width='25.4mm' height='72pt'", 96, 96),
        Case("width='6pc' height='101.6Q'", 96, 96),
        Case("width='2em' height='2ex'", 32, 16),
        Case("width='1e2' height='1E+2px'", 100, 100),
        Case("viewBox='0 0 20 30'", 20, 30),
        Case("viewBox=' -5,-5 , 20,30 '", 20, 30),
        Case("width='200' viewBox='0 0 20 30'", 200, 300),
        Case("height='60' viewBox='0 0 20 30'", 40, 60),
        Case("width='100%' height='100%' viewBox='0 0 20 30'", 20, 30),
        Case("width='100%' height='60' viewBox='0 0 20 30'", 40, 60),
        Case("width='auto' height='&h;' viewBox='0 0 20 30'", 20, 30),
        Case("width='7' height='9' viewBox='0 0 20 30'", 7, 9),
        Case("viewBox='0 0 100000 50000'", 4_096, 2_048),
        Case("", 300, 150),
        Case("width='40'", 40, 150),
        Case("width='100%' height='100%'", 300, 150),
        Case("viewBox='0 0 0 10'", 300, 150),
        Case("viewBox='0 0 10'", 300, 150),
        Case("x:width='9' data-height='8' stroke-width='3' width='5' height='6'", 5, 6),
    ]

    @Test("The size is that of the root's width and height, or of its viewBox, or the usual one", arguments: cases)
    func size(_ sample: Case) throws {
        let bytes = Array("<svg \(sample.attributes)><svg width='1' height='1'/></svg>".utf8)
        let found = try header(of: bytes, limits: Self.limits)
        #expect((found.width, found.height) == (sample.width, sample.height))
        let sized = try bytes.withUnsafeBytes { try SVGHeader.sized($0) }
        let again = try header(of: sized, limits: Self.limits)
        #expect((again.width, again.height) == (sample.width, sample.height))
    }

    @Test("A decoder gets one width and one height, and all else as it was")
    func sized() throws {
        let document = "<?xml version='1.0'?><s:svg id='a' width='1in' viewBox='0 0 2 1' height='100%'><g/></s:svg>"
        let sized = try Array(document.utf8).withUnsafeBytes { try SVGHeader.sized($0) }
        let expected =
            "<?xml version='1.0'?><s:svg width=\"96\" height=\"48\" id='a' \(String(repeating: " ", count: 11)) viewBox='0 0 2 1' \(String(repeating: " ", count: 13))><g/></s:svg>"
        #expect(String(decoding: sized, as: UTF8.self) == expected)
    }

    @Test(
        "A root that can't be read is refused",
        arguments: [
            "<svg width='1", "<svg width=1>", "<svg width='1' width='2'>", "<svg width>", "<svg 'a'>", "<svg =''>",
            "<svg " + String(repeating: "a='' ", count: 300) + ">",
            "<svg a='" + String(repeating: "b", count: 70_000) + "'>",
        ])
    func refused(_ document: String) {
        checkRefused(Array(document.utf8), as: .malformed(.svgRoot), limits: Self.limits)
    }

    @Test("Sizes of nothing, and beyond the limits, are refused")
    func limits() {
        checkRefused(Array("<svg width='0' height='9'>".utf8), as: .malformed(.zeroSize), limits: Self.limits)
        checkRefused(Array("<svg viewBox='0 0 1 10000'>".utf8), as: .malformed(.zeroSize), limits: Self.limits)
        checkRefused(
            Array("<svg width='20000' height='20000'>".utf8),
            as: .limit(.pixelCount, actual: 400_000_000, allowed: 100_000_000), limits: Self.limits)
        checkRefused(
            Array("<svg width='1e300' height='1'>".utf8),
            as: .limit(.axis, actual: 1_000_000, allowed: 32_767), limits: Self.limits)
    }
}
