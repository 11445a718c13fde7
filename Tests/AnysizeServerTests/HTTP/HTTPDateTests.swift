import AnysizeTesting
import Foundation
import Testing

@testable import AnysizeServer

@Suite struct HTTPDateTests {
    @Test(arguments: [
        (784_111_777, "Sun, 06 Nov 1994 08:49:37 GMT"), (0, "Thu, 01 Jan 1970 00:00:00 GMT"),
        (-1, "Wed, 31 Dec 1969 23:59:59 GMT"), (951_782_400, "Tue, 29 Feb 2000 00:00:00 GMT"),
        (951_868_799, "Tue, 29 Feb 2000 23:59:59 GMT"), (4_107_542_400, "Mon, 01 Mar 2100 00:00:00 GMT"),
        (4_107_542_399, "Sun, 28 Feb 2100 23:59:59 GMT"), (253_402_300_799, "Fri, 31 Dec 9999 23:59:59 GMT"),
    ])
    func `A date is written as HTTP writes it`(seconds: Int, text: String) {
        #expect(HTTPDate.text(of: Date(timeIntervalSince1970: TimeInterval(seconds))) == text)
    }

    @Test func `Fractions of a second are left out, never rounded up`() {
        #expect(HTTPDate.text(of: Date(timeIntervalSince1970: 0.999)) == "Thu, 01 Jan 1970 00:00:00 GMT")
        #expect(HTTPDate.text(of: Date(timeIntervalSince1970: -0.001)) == "Wed, 31 Dec 1969 23:59:59 GMT")
    }

    @Test func `Thousands of dates come out as Foundation writes them`() {
        let formatter = DateFormatter()
        formatter.locale = Locale(identifier: "en_US_POSIX")
        formatter.timeZone = TimeZone(identifier: "GMT")
        formatter.dateFormat = "EEE, dd MMM yyyy HH:mm:ss 'GMT'"
        var random = SeededRandom(seed: 1)
        var dates = (0..<1500).map { _ in Int.random(in: -2_000_000_000...20_000_000_000, using: &random) }
        // Each day of four years around a leap day, and the turns of centuries.
        dates += (0..<1500).map { 1_672_531_200 + $0 * 86_400 }
        dates += [2000, 2100, 2200, 2300, 2400].map { ($0 - 1970) * 31_556_952 }
        for seconds in dates {
            let date = Date(timeIntervalSince1970: TimeInterval(seconds))
            #expect(HTTPDate.text(of: date) == formatter.string(from: date))
        }
    }
}
