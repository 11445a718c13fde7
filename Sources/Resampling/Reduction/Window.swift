/// The part of a picture that a reduction shows, in its pixels, with fractions: pixel 0 covers 0 to 1.
///
/// A level of an original with odd sides shows a little more than the original, so what a result shows of it rarely begins and ends
/// with a whole pixel. Rounding it to whole ones shifts the picture by up to a pixel, which is seen.
package struct Window: Hashable, Sendable, Codable {
    package var left: Double
    package var top: Double
    /// Above 0.
    package var width: Double
    /// Above 0.
    package var height: Double

    package init(left: Double, top: Double, width: Double, height: Double) {
        self.left = left
        self.top = top
        self.width = width
        self.height = height
    }
}
