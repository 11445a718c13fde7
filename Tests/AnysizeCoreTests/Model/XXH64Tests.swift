import AnysizeCore
import Testing

@Suite struct XXH64Tests {
    /// From the reference implementation in C, over the bytes of `HashCase.bytes`.
    static let cases = [
        HashCase(byteCount: 0, hash: 0xEF46_DB37_51D8_E999, seeded: 0x6EC6_D05F_61C7_E7A7),
        HashCase(byteCount: 1, hash: 0xAD10_CD97_80AC_4FF7, seeded: 0x5867_5244_21AE_BD0E),
        HashCase(byteCount: 3, hash: 0x4062_6D96_276E_4594, seeded: 0xB879_23C7_7E81_77F6),
        HashCase(byteCount: 4, hash: 0x8822_07C1_22C7_6E23, seeded: 0x271A_A5CC_21FA_7E38),
        HashCase(byteCount: 7, hash: 0xCFC9_0033_AA9D_AC4F, seeded: 0x1992_0425_73D8_27BC),
        HashCase(byteCount: 8, hash: 0x90FD_A2F0_89FA_86DE, seeded: 0x061C_72D6_0546_D61C),
        HashCase(byteCount: 15, hash: 0x59F9_5BAD_12D1_4C9D, seeded: 0x2755_72F3_F7E7_8A1D),
        HashCase(byteCount: 31, hash: 0x44CC_9EFE_5D2D_0233, seeded: 0x7236_0FC4_2554_9DCF),
        HashCase(byteCount: 32, hash: 0x0E1A_AB1D_173C_F196, seeded: 0x4C29_70CC_FA63_828F),
        HashCase(byteCount: 33, hash: 0x5C82_0B4B_4FE2_8FDC, seeded: 0x33F9_D7BF_DD2A_924C),
        HashCase(byteCount: 63, hash: 0x1153_D36C_ADE8_7066, seeded: 0xACF4_9D16_61D5_0B05),
        HashCase(byteCount: 64, hash: 0xD4C2_0EF5_4CBC_9F67, seeded: 0xE577_C67B_2B8D_6D3B),
        HashCase(byteCount: 100, hash: 0x7F83_75F3_E09D_8123, seeded: 0x4D18_DB2F_7D5D_44D3),
        HashCase(byteCount: 1000, hash: 0x9FB3_251B_EF67_C2B5, seeded: 0x4D09_2485_ABED_C2A7),
        HashCase(byteCount: 4097, hash: 0x1C81_641E_680C_8227, seeded: 0xCD35_70FB_8333_0A90),
    ]

    @Test(arguments: cases)
    func `Hashes are those of the reference implementation`(of case: HashCase) {
        `case`.bytes.withUnsafeBytes { bytes in
            #expect(XXH64.hash(bytes) == `case`.hash)
            #expect(XXH64.hash(bytes, seed: HashCase.seed) == `case`.seeded)
        }
    }

    @Test func `Where in memory the bytes begin makes no difference`() {
        let bytes = HashCase(byteCount: 100, hash: 0, seeded: 0).bytes
        bytes.withUnsafeBytes { expected in
            for shift in 1..<8 {
                (Array(repeating: 0, count: shift) + bytes).withUnsafeBytes { shifted in
                    let slice = UnsafeRawBufferPointer(rebasing: shifted[shift...])
                    #expect(XXH64.hash(slice) == XXH64.hash(expected))
                }
            }
        }
    }

    @Test func `A buffer without an address is the empty one`() {
        #expect(XXH64.hash(UnsafeRawBufferPointer(start: nil, count: 0)) == 0xEF46_DB37_51D8_E999)
    }
}

/// One length of a fixed sequence of bytes, with its hash for two seeds.
struct HashCase: Sendable, CustomTestStringConvertible {
    static let seed: UInt64 = 0x9E37_79B1_85EB_CA87

    var byteCount: Int
    var hash: UInt64
    var seeded: UInt64

    var bytes: [UInt8] { (0..<byteCount).map { UInt8(($0 * 131 + 17) % 256) } }

    var testDescription: String { "\(byteCount) bytes" }
}
