import NIOCore
import Testing

@testable import S3

@Suite struct XMLNodeTests {
    @Test func `reads what servers write`() throws {
        let root = try XMLNode.read(
            ByteBuffer(
                string: """
                    <?xml version="1.0" encoding="UTF-8"?>
                    <!-- a > b --><s3:List xmlns:s3="http://s3.amazonaws.com/doc/2006-03-01/" a='"'>
                      <Name>a&amp;b &lt;&#x41;&#66;&gt; ü</Name><Empty/><Empty ></Empty >
                      <Item><Key>1</Key></Item><Item><Key>2</Key></Item>
                    </s3:List>

                    """
            )
        )
        #expect(root.name == "List")
        #expect(root["Name"] == "a&b <AB> ü")
        #expect(root.all("Empty").map(\.text) == ["", ""])
        #expect(root.all("Item").map { $0["Key"] } == ["1", "2"])
        #expect(root["None"] == nil)
    }

    @Test(arguments: [
        "", "text", "<a>", "<a></b>", "<a><b></a></b>", "<a/><b/>", "<a>&nbsp;</a>", "<a>&#xD800;</a>", "<a b></a>",
        "<a b=c/>",
        "<!DOCTYPE a [<!ENTITY x SYSTEM \"file:///etc/passwd\">]><a>&x;</a>", "<a><![CDATA[b]]></a>", "<a>&amp</a>",
        "<a", "<a b=\"",
        String(repeating: "<a>", count: 100_000),
    ])
    func `refuses everything else`(_ text: String) {
        #expect(throws: S3Error.self) { try XMLNode.read(ByteBuffer(string: text)) }
    }

    @Test func `is not upset by any prefix or change of an answer`() throws {
        let text = "<?xml version=\"1.0\"?><Error a=\"b\"><Code>NoSuchKey</Code><Message>a &amp; b</Message></Error>"
        let bytes = Array(text.utf8)
        for count in 0..<bytes.count {
            #expect(throws: S3Error.self) { try XMLNode.read(ByteBuffer(bytes: bytes.prefix(count))) }
        }
        for position in bytes.indices {
            for byte in [UInt8(0), 0x3C, 0x3E, 0x26, 0x22, 0xFF] {
                var changed = bytes
                changed[position] = byte
                // Whatever it makes of it, it comes back.
                _ = try? XMLNode.read(ByteBuffer(bytes: changed))
            }
        }
    }
}
