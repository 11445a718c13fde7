import AnysizeCore
import AnysizeTesting
import NIOCore
import Testing

@Suite struct NamesTests {
    @Test(arguments: ["a", "A.b-c_9", String(repeating: "x", count: 128), "-", "a..b", "con", "%"])
    func idsFollowTheRule(_ text: String) { #expect((OriginalID(text) != nil) == (text != "%")) }

    @Test(arguments: [
        "", ".", ".a", "a/b", "a b", "é", "a\u{0}", "..", "a%2fb", "a*", "[a]", String(repeating: "x", count: 129),
    ])
    func otherIdsAreRefused(_ text: String) { #expect(OriginalID(text) == nil) }

    @Test func contentIDsAreDerivedAndRecognised() {
        let id = OriginalID(contentOf: Digest(of: ByteBuffer(string: "abc")))
        #expect(id.description == "xj4bnp4pahh6uqkbidpf3lrceoyagyndsylxvhfucd7wd4qacwwq".prefix(32))
        #expect(id.isContentID)
        #expect(OriginalID("cat")?.isContentID == false)
        #expect(OriginalID(String(repeating: "0", count: 32))?.isContentID == false)
    }

    @Test func keysAreEqualWhenTheirThreePartsAre() throws {
        let facts = PictureFacts.sample(400, 300)
        let recipe = try Recipe(query: "w=100").settled(for: facts)
        let other = try Recipe(query: "w=101").settled(for: facts)
        let cat = Digest(of: ByteBuffer(string: "cat"))
        let dog = Digest(of: ByteBuffer(string: "dog"))
        let key = VariantKey(original: cat, recipe: recipe, source: .original)
        #expect(key == VariantKey(original: cat, recipe: recipe, source: .original))
        #expect(key != VariantKey(original: dog, recipe: recipe, source: .original))
        #expect(key != VariantKey(original: cat, recipe: other, source: .original))
        #expect(
            key
                != VariantKey(
                    original: cat, recipe: recipe, source: .original, pipelineVersion: VariantKey.pipelineVersion + 1))
        #expect(VariantKey(key.description) == key)
        #expect(key.belongs(to: OriginalTag(cat)) && !key.belongs(to: OriginalTag(dog)))
        for text in ["", "abc", key.description.uppercased(), key.description + "0"] where text != key.description {
            #expect(VariantKey(text) == nil)
        }
    }
}
