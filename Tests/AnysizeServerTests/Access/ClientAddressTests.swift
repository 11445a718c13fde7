import AnysizeServer
import Testing

@Suite struct ClientAddressTests {
    @Test(arguments: [
        ("192.0.2.1", "192.0.2.1"), ("::ffff:192.0.2.1", "192.0.2.1"), ("::", "::"), ("::1", "0:0:0:0:0:0:0:1"),
        ("2001:db8::", "2001:db8::"), ("2001:DB8:0:1:0:0:0:9", "2001:db8:0:1:0:0:0:9"),
        ("1:2:3:4:5:6:7:0", "1:2:3:4:5:6:7:0"),
    ])
    func `addresses read`(text: String, shown: String) throws {
        let address = try #require(IPAddress(text))
        #expect(address.description == shown)
        #expect(IPAddress(address.description) == address)
    }

    @Test(arguments: [
        "", " ", "1.2.3", "1.2.3.4.5", "256.0.0.1", "1.2.3.4:80", "[::1]", "::1%lo", "g::", "localhost", "1.2.3.4 ",
        "1.2.3.4/8", "0x7f.1", "unknown", String(repeating: "1", count: 100_000),
    ])
    func `no addresses`(text: String) { #expect(IPAddress(text) == nil) }

    @Test func `networks hold what begins like them`() throws {
        let ten = try #require(IPNetwork("10.0.0.0/8"))
        for inside in ["10.0.0.0", "10.255.255.255", "::ffff:10.1.2.3"] { #expect(ten.contains(IPAddress(inside)!)) }
        for outside in ["11.0.0.0", "9.255.255.255", "::a00:0", "a00::"] {
            #expect(!ten.contains(IPAddress(outside)!), "\(outside)")
        }
        #expect(try #require(IPNetwork("0.0.0.0/0")).contains(IPAddress("203.0.113.9")!))
        #expect(!IPNetwork("0.0.0.0/0")!.contains(IPAddress("::1")!), "each kind has networks of its own")
        #expect(IPNetwork("::/0")!.contains(IPAddress("::1")!))
        let six = try #require(IPNetwork("2001:db8:0:40::/58"))
        #expect(six.contains(IPAddress("2001:db8:0:7f:ffff::")!) && !six.contains(IPAddress("2001:db8:0:80::")!))
        #expect(IPNetwork("2001:db8::1")!.contains(IPAddress("2001:db8::1")!))
        #expect("\(ten) \(six) \(IPNetwork("192.0.2.7")!)" == "10.0.0.0/8 2001:db8:0:40::/58 192.0.2.7/32")
    }

    @Test(arguments: ["10.0.0.1/8", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/+8", "10.0.0.0/", "/8", "::/129", "x", ""])
    func `no networks`(text: String) { #expect(IPNetwork(text) == nil) }

    /// The client, with two kinds of proxies trusted.
    private func client(_ peer: String, _ fields: String...) -> String {
        let rule = ClientAddress(proxies: [IPNetwork("10.0.0.0/8")!, IPNetwork("fd00::/8")!])
        return rule.address(peer: IPAddress(peer)!, forwardedFor: fields).description
    }

    @Test func `a peer that is no proxy is the client, whatever it says`() {
        #expect(client("203.0.113.9") == "203.0.113.9")
        #expect(client("203.0.113.9", "198.51.100.1") == "203.0.113.9")
    }

    @Test func `the client is whom the first trusted proxy was asked by`() {
        #expect(client("10.0.0.1", "198.51.100.1") == "198.51.100.1")
        #expect(client("10.0.0.1", "198.51.100.1, 10.9.9.9") == "198.51.100.1")
        #expect(client("10.0.0.1", "198.51.100.1", "fd00::7") == "198.51.100.1")
        #expect(client("10.0.0.1", "2001:db8::9") == "2001:db8:0:0:0:0:0:9")
    }

    @Test func `what callers write further left is not believed`() {
        #expect(client("10.0.0.1", "1.1.1.1, 198.51.100.1") == "198.51.100.1")
        #expect(client("10.0.0.1", "1.1.1.1", "198.51.100.1") == "198.51.100.1")
        #expect(client("10.0.0.1", "10.0.0.2, 198.51.100.1,10.0.0.3") == "198.51.100.1")
    }

    @Test func `nonsense is as far as it goes`() {
        for nonsense in ["", ",", "unknown", "_hidden", "1.1.1.1, nonsense", "1.1.1.1, ", "\"1.1.1.1\""] {
            #expect(client("10.0.0.1", nonsense) == "10.0.0.1", "\(nonsense)")
        }
        #expect(client("10.0.0.1", "1.1.1.1, nonsense, 10.0.0.2") == "10.0.0.2")
        let long = Array(repeating: "10.1.1.1", count: 10_000).joined(separator: ",")
        #expect(client("10.0.0.1", long) == "10.1.1.1")
    }

    @Test func `ports are left out`() {
        #expect(client("10.0.0.1", "198.51.100.1:4711") == "198.51.100.1")
        #expect(client("10.0.0.1", "[2001:db8::9]:4711") == "2001:db8:0:0:0:0:0:9")
    }
}
