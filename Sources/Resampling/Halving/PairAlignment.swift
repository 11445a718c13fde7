/// Which end of an odd row or column has no partner and counts twice, at every level.
///
/// A picture that is turned after it was halved must look as if it had been halved after the turn, so what stands alone
/// in the stored pixels is what comes last once upright.
package struct PairAlignment: Hashable, Sendable {
    /// Where the width is odd: the first column stands alone, not the last.
    package let doublesFirstColumn: Bool
    /// Where the height is odd: the first row stands alone, not the last.
    package let doublesFirstRow: Bool

    package init(doublesFirstColumn: Bool, doublesFirstRow: Bool) {
        self.doublesFirstColumn = doublesFirstColumn
        self.doublesFirstRow = doublesFirstRow
    }

    /// The last column and row stand alone: for pictures stored upright.
    package static let upright = PairAlignment(doublesFirstColumn: false, doublesFirstRow: false)

    /// For pixels stored with an EXIF orientation, 1...8; anything else counts as 1, as viewers take it.
    ///
    /// The orientation says at which side the stored first row and first column are seen (EXIF 2.32, tag 0x0112). What
    /// is seen first at the right or at the bottom is last once upright.
    package init(orientation: Int) {
        doublesFirstColumn = [2, 3, 7, 8].contains(orientation)
        doublesFirstRow = [3, 4, 6, 7].contains(orientation)
    }
}
