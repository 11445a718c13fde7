/// What the samples of a picture mean where no profile says it and it isn't sRGB: the primaries and the curve that
/// coding-independent code points name (ITU-T H.273).
package struct ColourCoding: Sendable, Hashable {
    package var primaries: Primaries
    package var curve: Curve

    /// What red, green and blue are; white is D65 with all of them.
    package enum Primaries: Sendable, Hashable, CaseIterable {
        case bt709
        /// BT.601 for 625 lines.
        case bt601of625
        /// BT.601 for 525 lines.
        case bt601of525
        case bt2020
        case displayP3
    }

    /// How much light a sample stands for.
    package enum Curve: Sendable, Hashable, CaseIterable {
        case standard
        case linear
        case gamma22
        case gamma28
        /// BT.2100's perceptual quantisation: light in candelas.
        case pq
        /// BT.2100's hybrid log-gamma: light as a share of what the screen has.
        case hlg
    }

    /// By the numbers of H.273.
    ///
    /// What is unspecified or unknown counts as sRGB's, and so do the curves of BT.709 and its kin: they are those of
    /// cameras, and screens that such pictures were made on have nearly sRGB's, which is what browsers take.
    /// - Parameters:
    ///   - primaries: `ColourPrimaries`; cinema's P3 (11) counts as Display P3, its white becoming the screen's.
    ///   - transfer: `TransferCharacteristics`.
    /// - Returns: nil where the picture is to be taken for sRGB.
    package init?(primaries: Int, transfer: Int) {
        self.primaries =
            switch primaries {
            case 5: .bt601of625
            case 6, 7: .bt601of525
            case 9: .bt2020
            case 11, 12: .displayP3
            default: .bt709
            }
        curve =
            switch transfer {
            case 4: .gamma22
            case 5: .gamma28
            case 8: .linear
            case 16: .pq
            case 18: .hlg
            default: .standard
            }
        if self.primaries == .bt709, curve == .standard { return nil }
    }

    /// What people call it, `Rec. 2100 PQ` for one.
    package var name: String {
        let isHDR = curve == .pq || curve == .hlg
        let primaries =
            switch primaries {
            case .bt709: "Rec. 709"
            case .bt601of625: "Rec. 601 (625 lines)"
            case .bt601of525: "Rec. 601 (525 lines)"
            case .bt2020: isHDR ? "Rec. 2100" : "Rec. 2020"
            case .displayP3: "Display P3"
            }
        switch curve {
        case .standard: return primaries
        case .linear: return primaries + " linear"
        case .gamma22: return primaries + " gamma 2.2"
        case .gamma28: return primaries + " gamma 2.8"
        case .pq: return primaries + " PQ"
        case .hlg: return primaries + " HLG"
        }
    }
}
