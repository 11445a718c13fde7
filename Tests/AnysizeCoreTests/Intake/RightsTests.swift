import AnysizeCore
import AnysizeTesting
import Testing

@Suite struct RightsTests {
    private func read(_ bytes: [UInt8], _ make: (UnsafeRawBufferPointer) -> Rights) -> Rights {
        bytes.withUnsafeBytes { make($0) }
    }

    private func record(_ number: UInt8, _ set: UInt8, _ value: [UInt8]) -> [UInt8] {
        [0x1C, number, set, UInt8(value.count >> 8), UInt8(value.count & 255)] + value
    }

    private let utf8Mark: [UInt8] = [0x1B, 0x25, 0x47]

    @Test(arguments: [
        Rights(copyright: "© 2026 Ada Lovelace (London)", artist: "Ada Lovelace; Grace"), Rights(copyright: "abc"),
        Rights(artist: "ab"), Rights(copyright: String(repeating: "x", count: 999)), Rights(),
    ])
    func `A block of EXIF says what was written into it`(_ rights: Rights) {
        #expect(read(rights.exif) { Rights(exif: $0) } == rights)
        #expect(read(Array(rights.exif.dropFirst(6))) { Rights(exif: $0) } == rights)
        let fields = rights.exif.withUnsafeBytes { ExifFields($0) }
        if (rights.copyright ?? "").utf8.count < 256 { #expect(fields.values["Copyright"] == rights.copyright) }
    }

    @Test func `IPTC's records are read bare and as a resource of Photoshop`() {
        let records =
            record(1, 90, utf8Mark) + record(2, 80, Array("Ada".utf8)) + record(2, 80, Array("Grâce".utf8))
            + record(2, 25, Array("keyword".utf8)) + record(2, 116, Array("© Ada".utf8))
        let wanted = Rights(copyright: "© Ada", artist: "Ada; Grâce")
        #expect(read(records) { Rights(iptc: $0) } == wanted)
        let other: [UInt8] = Array("8BIM".utf8) + [0x04, 0x25, 3] + Array("abc".utf8) + [0, 0, 0, 1, 7, 0]
        let count = records.count
        let resource: [UInt8] =
            Array("8BIM".utf8) + [4, 4, 0, 0, 0, 0, UInt8(count >> 8), UInt8(count & 255)] + records
        #expect(read(Array("Photoshop 3.0\0".utf8) + other + resource) { Rights(iptc: $0) } == wanted)
    }

    @Test func `What is no UTF-8 in IPTC is Latin-1`() {
        #expect(read(record(2, 116, [0xA9, 0x20, 0xC9, 0x76])) { Rights(iptc: $0) }.copyright == "© Év")
    }

    @Test(arguments: [
        (
            "<dc:rights>\n <rdf:Alt>\n  <rdf:li xml:lang=\"x-default\">&#169; Ada &amp; S&#xF6;hne &lt;a&gt;</rdf:li>"
                + "<rdf:li xml:lang=\"de\">anders</rdf:li></rdf:Alt></dc:rights>",
            Rights(copyright: "© Ada & Söhne <a>")
        ),
        (
            "<dc:creator><rdf:Seq><rdf:li>Ada</rdf:li><rdf:li/><rdf:li>Grace\n Hopper</rdf:li></rdf:Seq></dc:creator>",
            Rights(artist: "Ada; Grace Hopper")
        ),
        (
            "<tiff:Artist>Ada</tiff:Artist><tiff:Copyright><rdf:Alt><rdf:li>\u{a9} A</rdf:li></rdf:Alt></tiff:Copyright>",
            Rights(copyright: "\u{a9} A", artist: "Ada")
        ),
        ("<dc:rights/><dc:creatorTool><rdf:li>no</rdf:li></dc:creatorTool>", Rights()),
        ("<dc:rights><rdf:li>&bad; &#x110000; &</rdf:li></dc:rights>", Rights(copyright: "&bad; &#x110000; &")),
        ("<dc:rights><rdf:li> \u{1} </rdf:li></dc:rights>", Rights()), ("<dc:rights><rdf:li>open", Rights()),
        ("<dc:rights", Rights()), ("", Rights()),
    ])
    func `XMP's elements are read`(_ packet: String, _ wanted: Rights) {
        #expect(read(Array(packet.utf8)) { Rights(xmp: $0) } == wanted)
    }

    @Test func `The first that says something is believed`() {
        let first = Rights(artist: "a")
        let second = Rights(copyright: "c", artist: "b")
        #expect(first.completed(by: second) == Rights(copyright: "c", artist: "a"))
        #expect(Rights().completed(by: Rights()).isEmpty)
    }

    @Test func `Texts are bounded`() {
        let long =
            Array("<dc:rights><rdf:li>".utf8) + [UInt8](repeating: 65, count: 5000)
            + Array("</rdf:li></dc:rights>".utf8)
        #expect(read(long) { Rights(xmp: $0) }.copyright == String(repeating: "A", count: Rights.byteCountMax))
    }

    /// Pieces that the readers look for, in any order, cut anywhere.
    @Test(arguments: 0..<20) func `No bytes harm`(_ seed: UInt64) {
        var random = SeededRandom(seed: seed)
        let pieces =
            [
                "<dc:rights>", "</dc:rights>", "<dc:creator", "<rdf:li", ">", "</rdf:li>", "&#", ";", "&",
                "Photoshop 3.0\0",
                "8BIM", "Exif\0\0", "MM\0*",
            ].map { Array($0.utf8) } + [[0x1C, 2, 116], [4, 4], [0, 0, 0, 9], [0xFF, 0xFF], record(2, 80, [65])]
        for _ in 0..<300 {
            var bytes = (0..<Int.random(in: 0..<30, using: &random)).flatMap { _ in
                pieces.randomElement(using: &random)!
            }
            bytes = Array(bytes.prefix(Int.random(in: 0...max(1, bytes.count), using: &random)))
            for rights in [
                read(bytes) { Rights(exif: $0) }, read(bytes) { Rights(iptc: $0) }, read(bytes) { Rights(xmp: $0) },
            ] {
                #expect((rights.copyright ?? "").utf8.count <= Rights.byteCountMax)
                #expect(read(rights.exif) { Rights(exif: $0) } == rights)
            }
        }
    }
}
