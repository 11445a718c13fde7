import Testing

@testable import anysize

@Suite struct QuantityTests {
    @Test(arguments: [
        ("0", 0), ("1", 1), ("750000", 750_000), ("1_000_000", 1_000_000), ("7B", 7), ("1KB", 1_000), ("1kB", 1_000),
        ("64MB", 64_000_000), ("64mb", 64_000_000), ("10GB", 10_000_000_000), ("2TB", 2_000_000_000_000),
        ("1KiB", 1_024), ("1MiB", 1 << 20), ("1GiB", 1 << 30), ("1TiB", 1 << 40),
    ])
    func `numbers of bytes`(text: String, count: Int) {
        #expect(ByteCount.parse(text) == count)
    }

    @Test(arguments: [
        "", "MB", "-1", "+1", "1.5GB", "1 GB", " 1", "1XB", "1K", "1Mb/s", "1__0", "_1", "1_", "٣", "½KB",
        "9223372036854775808", "9223372036854775807KB",
    ])
    func `what is no number of bytes`(text: String) {
        #expect(ByteCount.parse(text) == nil)
    }

    @Test(arguments: [
        (0, "0"), (999, "999"), (1_000, "1KB"), (1_024, "1KiB"), (50_000_000, "50MB"), (1 << 30, "1GiB"),
        (1_500_000, "1500KB"), (1_234_567, "1_234_567"), (1_024_000, "1000KiB"),
    ])
    func `bytes are spelled without rounding`(count: Int, text: String) {
        #expect(ByteCount.spell(count) == text)
        #expect(ByteCount.parse(text) == count)
    }

    @Test(arguments: [0, 1, 1_023, 1_024, 65_536, 1_000_001, 268_000_000, 1 << 40, .max])
    func `what is spelled is read back`(number: Int) {
        #expect(ByteCount.parse(ByteCount.spell(number)) == number)
        #expect(WholeNumber.parse(WholeNumber.spell(number)) == number)
    }

    @Test(arguments: [("5", 5.0), ("0.1", 0.1), ("2.50", 2.5), ("007", 7), ("0.001", 0.001)])
    func `seconds may have decimals`(text: String, seconds: Double) {
        #expect(DecimalSeconds.parse(text) == seconds)
        #expect(DecimalSeconds.parse(DecimalSeconds.spell(seconds)) == seconds)
    }

    @Test(arguments: ["", ".", "1.", ".5", "-1", "1e3", "inf", "nan", "0x1p3", "1,5", "5s", "0.0001", "1.2.3"])
    func `what are no seconds`(text: String) {
        #expect(DecimalSeconds.parse(text) == nil)
    }

    @Test func `names are apart by letters to change`() {
        #expect(Suggestion.distance("", "abc") == 3)
        #expect(Suggestion.distance("abc", "") == 3)
        #expect(Suggestion.distance("kitten", "sitting") == 3)
        #expect(Suggestion.distance("port", "port") == 0)
    }
}
