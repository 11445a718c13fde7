package import AnysizeCore
import NIOCore

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

extension PictureFacts {
    /// Facts of a picture that needn't exist.
    package static func sample(
        _ width: Int, _ height: Int, format: ImageFormat = .jpeg, orientation: Int = 1, hasAlpha: Bool = false,
        isGray: Bool = false, pageCount: Int = 1
    ) -> PictureFacts {
        PictureFacts(
            format: format, width: width, height: height, orientation: orientation, pageCount: pageCount,
            hasAlpha: hasAlpha, isGray: isGray, bitDepth: 8, profile: nil, dominantColor: "#000000", thumbHash: "",
            blurHash: ""
        )
    }
}

extension OriginalRecord {
    package static func sample(
        id: String = "cat", digest: Digest = Digest(of: .init(string: "cat")), facts: PictureFacts = .sample(400, 300)
    ) -> OriginalRecord {
        OriginalRecord(
            id: OriginalID(id)!, digest: digest, byteCount: 3, created: Date(timeIntervalSince1970: 1_700_000_000),
            facts: facts
        )
    }
}
