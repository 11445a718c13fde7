/// The size of a GIF, in the file's words and in the decoder's.
///
/// Early encoders wrote the size of the desktop, or nonsense, as that of the screen. So browsers, and libnsgif after
/// them, don't believe a screen of a classic desktop's size or with a side above 2,048 pixels, and let the first frame,
/// and no later one, grow what is left. Found by trying them on libnsgif as of libvips 8.14.1.
package struct GIFCanvas: Sendable, Hashable {
    private static let desktops: Set<[Int]> = [
        [640, 480], [640, 512], [800, 600], [1024, 768], [1280, 1024], [1600, 1200],
    ]
    private static let believableMax = 2_048

    /// The largest extent that anything in the file claims: the screen, or a frame on or off it. This is what limits
    /// are for, since one decoder's disbelief is no defence.
    package private(set) var claimedWidth: Int
    package private(set) var claimedHeight: Int

    /// The size that the decoder reports, in pixels; never zero.
    package private(set) var width: Int
    package private(set) var height: Int

    private var hasFrame = false

    /// - Parameters: the screen's sides as the file has them, neither of them zero.
    package init(screenWidth: Int, screenHeight: Int) {
        claimedWidth = screenWidth
        claimedHeight = screenHeight
        let sides = [screenWidth, screenHeight]
        let isBelievable =
            !Self.desktops.contains(sides) && sides.allSatisfy { $0 <= Self.believableMax }
        width = isBelievable ? screenWidth : 1
        height = isBelievable ? screenHeight : 1
    }

    /// Adds a frame by its right and lower edge, each one past its last pixel.
    package mutating func add(right: Int, bottom: Int) {
        claimedWidth = max(claimedWidth, right)
        claimedHeight = max(claimedHeight, bottom)
        guard !hasFrame else { return }
        hasFrame = true
        width = max(width, right)
        height = max(height, bottom)
    }
}
