/// JPEG's qualities and those of AVIF that go with them: with fewer bytes than the JPEG has, and the default with the default.
///
/// Of five photographs at 480 pixels, at each quality from 30 to 95, the AVIF has 39 to 95 % of the JPEG's bytes, and a SSIMULACRA2 some
/// points lower, as at the defaults.
package enum AVIFQuality {
    /// - Parameter jpeg: 1 to 100.
    package static func like(jpeg: Int) -> Int {
        switch jpeg {
        case ...30: max(1, jpeg * 4 / 3)
        case ...80: 28 + jpeg * 2 / 5
        case ...90: 60 + (jpeg - 80) * 12 / 5
        default: 84 + (jpeg - 90) * 8 / 5
        }
    }

    /// The other way.
    /// - Parameter avif: 1 to 100.
    package static func jpeg(like avif: Int) -> Int {
        switch avif {
        case ...40: max(1, avif * 3 / 4)
        case ...60: (avif - 28) * 5 / 2
        case ...84: 80 + (avif - 60) * 5 / 12
        default: 90 + (avif - 84) * 5 / 8
        }
    }
}
