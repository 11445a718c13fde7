import Foundation
import NIOHTTP1
import Testing

@testable import S3

/// The examples that AWS has published with Signature Version 4 for S3, and for its suite's service.
@Suite struct SignerTests {
    private static let credentials = S3Credentials(
        accessKeyID: "AKIAIOSFODNN7EXAMPLE", secretAccessKey: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
    )
    private static let empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

    struct Example: CustomTestStringConvertible, Sendable {
        var testDescription: String
        var method = HTTPMethod.GET
        var path = "/"
        var query: [(String, String)] = []
        var headers: [(String, String)] = []
        var payloadHash = SignerTests.empty
        var signature: String
    }

    static let examples = [
        Example(
            testDescription: "GET of a part of an object", path: "/test.txt", headers: [("range", "bytes=0-9")],
            signature: "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41"
        ),
        Example(
            testDescription: "PUT of an object", method: .PUT, path: "/test%24file.text",
            headers: [("date", "Fri, 24 May 2013 00:00:00 GMT"), ("x-amz-storage-class", "REDUCED_REDUNDANCY")],
            payloadHash: "44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072",
            signature: "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd"
        ),
        Example(
            testDescription: "GET with a name that has no value", query: [("lifecycle", "")],
            signature: "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543"
        ),
        Example(
            testDescription: "GET of a list", query: [("max-keys", "2"), ("prefix", "J")],
            signature: "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7"
        ),
        Example(
            testDescription: "GET of a list, asked in another order", query: [("prefix", "J"), ("max-keys", "2")],
            signature: "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7"
        ),
    ]

    @Test(arguments: examples)
    func `signs as AWS does`(_ example: Example) throws {
        var headers: HTTPHeaders = [
            "Host": "examplebucket.s3.amazonaws.com", "x-amz-content-sha256": example.payloadHash,
        ]
        for (name, value) in example.headers { headers.add(name: name, value: value) }
        S3Signer(region: "us-east-1").sign(
            example.method, path: example.path, query: example.query, headers: &headers,
            payloadHash: example.payloadHash, with: Self.credentials, at: Date(timeIntervalSince1970: 1_369_353_600)
        )
        let authorization = try #require(headers.first(name: "authorization"))
        #expect(authorization.hasSuffix("Signature=\(example.signature)"))
        #expect(
            authorization.hasPrefix(
                "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request, SignedHeaders=host;"
                    .replacing("host;", with: example.method == .PUT ? "date;host;" : "host;")
            )
        )
    }

    /// `get-vanilla` of the suite, and the same with blanks that don't count.
    @Test func `signs for any service, whatever the blanks in a header`() throws {
        var headers: HTTPHeaders = ["Host": "  example.amazonaws.com "]
        let credentials = S3Credentials(
            accessKeyID: "AKIDEXAMPLE", secretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
        )
        S3Signer(region: "us-east-1", service: "service").sign(
            .GET, path: "/", query: [], headers: &headers, payloadHash: Self.empty, with: credentials,
            at: Date(timeIntervalSince1970: 1_440_938_160)
        )
        let authorization = try #require(headers.first(name: "authorization"))
        #expect(
            authorization.hasSuffix("Signature=5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31")
        )
    }

    @Test(arguments: [
        (0, "19700101T000000Z"), (951_782_399, "20000228T235959Z"), (951_868_800, "20000301T000000Z"),
        (1_709_164_800, "20240229T000000Z"), (4_102_444_799, "20991231T235959Z"),
    ])
    func `spells moments`(_ seconds: Int, _ text: String) {
        #expect(AmzDate(Date(timeIntervalSince1970: Double(seconds))).dateTime == text)
    }

    @Test func `reads back what servers say of the time`() {
        for seconds in stride(from: 0, to: 4_000_000_000, by: 12_345_677) {
            let date = Date(timeIntervalSince1970: Double(seconds))
            let iso = date.formatted(.iso8601)
            #expect(ISOTime.read(iso) == seconds)
        }
        #expect(HTTPTime.read("Tue, 24 Nov 2026 04:06:29 GMT") == 1_795_493_189)
        #expect(HTTPTime.read("yesterday") == nil && ISOTime.read("2026-13-01T00:00:00Z") == nil)
    }

    @Test func `secrets show nowhere`() {
        let credentials = S3Credentials(accessKeyID: "AKIDABCD", secretAccessKey: "HUSH", sessionToken: "HUSHTOO")
        var dumped = ""
        dump(credentials, to: &dumped)
        for text in [
            "\(credentials)", String(reflecting: credentials), dumped, "\(S3CredentialsSource.fixed(credentials))",
        ] {
            #expect(!text.contains("HUSH"))
        }
    }
}
