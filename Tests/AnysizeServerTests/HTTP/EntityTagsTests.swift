import AnysizeServer
import AnysizeTesting
import Testing

@Suite struct EntityTagsTests {
    @Test(arguments: [
        ("*", EntityTags.any), (" *", .any),
        ("\"a\"", .list(strong: ["a"], weak: [])), ("W/\"a\"", .list(strong: [], weak: ["a"])),
        ("\"a\", \"b\"", .list(strong: ["a", "b"], weak: [])), ("\"a\",W/\"b\"", .list(strong: ["a"], weak: ["b"])),
        ("\t\"a\" ,  \"b\"\t", .list(strong: ["a", "b"], weak: [])), ("\"\"", .list(strong: [""], weak: [])),
        (",\"a\",,", .list(strong: ["a"], weak: [])), ("", .list(strong: [], weak: [])),
        ("\"*\"", .list(strong: ["*"], weak: [])), ("\"W/\"", .list(strong: ["W/"], weak: [])),
    ])
    func `Tags are read as they are written`(value: String, tags: EntityTags) {
        #expect(EntityTags(value) == tags)
    }

    @Test(arguments: ["a", "\"a", "a\"", "\"", "W/a", "W/\"", "w/\"a\"", "W/*", "* , \"a\"", "\"a\" \"b\" c", "'a'"])
    func `What is no tag is no list of tags`(value: String) {
        #expect(EntityTags(value) == nil)
    }

    @Test func `Weak comparison ignores weakness`() throws {
        let tags = try #require(EntityTags("\"a\", W/\"b\""))
        #expect(tags.matchesWeakly("a") && tags.matchesWeakly("b") && !tags.matchesWeakly("c"))
        #expect(EntityTags.any.matchesWeakly("anything"))
        #expect(try !#require(EntityTags("")).matchesWeakly(""))
    }

    @Test func `A list is read as far as a sensible one goes`() throws {
        let value = (0..<5000).map { "\"\($0)\"" }.joined(separator: ",")
        let tags = try #require(EntityTags(value))
        #expect(tags.matchesWeakly("0") && tags.matchesWeakly("99") && !tags.matchesWeakly("100"))
    }
}

@Suite struct ByteRangeTests {
    @Test(arguments: [
        ("bytes=0-0", ByteRange.part(0..<1)), ("bytes=0-99", .part(0..<100)), ("bytes=0-100", .part(0..<100)),
        ("bytes=99-", .part(99..<100)), ("bytes=10-20", .part(10..<21)), ("bytes=-1", .part(99..<100)),
        ("bytes=-100", .part(0..<100)), ("bytes=-101", .part(0..<100)), ("bytes=007-9", .part(7..<10)),
        ("bytes=0-999999999999999", .part(0..<100)),
        ("bytes=100-", .unsatisfiable), ("bytes=100-200", .unsatisfiable), ("bytes=-0", .unsatisfiable),
        ("bytes=999999999999999-", .unsatisfiable),
        ("bytes=5-4", .whole), ("bytes=", .whole), ("bytes=-", .whole), ("bytes=a-", .whole), ("bytes=0-b", .whole),
        ("bytes=0-1,5-6", .whole), ("bytes=0", .whole), ("bytes=--1", .whole), ("bytes=0--1", .whole),
        ("bytes= 0-1", .whole), ("bytes=0-1 ", .whole), ("bytes=\u{664}-", .whole), ("items=0-1", .whole),
        ("0-1", .whole), ("", .whole), ("bytes=0-99999999999999999999999999", .whole),
    ])
    func `One range of a hundred bytes`(value: String, range: ByteRange) {
        #expect(ByteRange(value, bodyByteCount: 100) == range)
    }

    @Test func `No range is the whole`() {
        #expect(ByteRange(nil, bodyByteCount: 100) == .whole)
    }

    @Test(arguments: [("bytes=0-", ByteRange.unsatisfiable), ("bytes=-1", .unsatisfiable), ("bytes=x", .whole)])
    func `Of nothing there is no part`(value: String, range: ByteRange) {
        #expect(ByteRange(value, bodyByteCount: 0) == range)
    }

    @Test func `No text gives a part beyond the body`() {
        var random = SeededRandom(seed: 1)
        let characters = Array("bytes=0123456789-, ")
        for _ in 0..<20_000 {
            let tail = String(
                (0..<Int.random(in: 0...8, using: &random)).map { _ in
                    characters.randomElement(using: &random) ?? "-"
                })
            let count = Int.random(in: 0...120, using: &random)
            if case .part(let range) = ByteRange("bytes=" + tail, bodyByteCount: count) {
                #expect(!range.isEmpty && range.lowerBound >= 0 && range.upperBound <= count, "\(tail) of \(count)")
            }
        }
    }
}
