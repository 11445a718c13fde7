import Foundation
import Testing

@testable import anysize

@Suite struct JSONLineTests {
    private func line(_ members: [(String, String)]) -> [UInt8] {
        var line = JSONLine()
        for (key, value) in members { line.add(key, value) }
        line.end()
        return line.bytes
    }

    @Test func anyTextComesBackAsItWas() throws {
        let texts = [
            "", "plain", "\"quoted\" and \\", "line\nbreak\r\ttab", "\u{0}\u{1}\u{1f}\u{7f}", "Größe 🙂 \u{2028}",
            "</script>",
        ]
        for text in texts {
            let line = line([("a", text), (text, "b")])
            #expect(line.last == 10 && line.dropLast().allSatisfy { $0 >= 32 })
            let object = try JSONDecoder().decode([String: String].self, from: Data(line))
            #expect(object == (text == "a" ? ["a": "b"] : ["a": text, text: "b"]))
        }
    }

    @Test func nothingIsAnEmptyObject() { #expect(line([]) == Array("{}\n".utf8)) }

    @Test func longValuesAreCut() throws {
        let line = line([("a", String(repeating: "ü", count: 5000))])
        let object = try JSONDecoder().decode([String: String].self, from: Data(line))
        #expect(object["a"] == String(repeating: "ü", count: 1000))
    }
}
