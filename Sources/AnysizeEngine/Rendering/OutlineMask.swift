import AnysizeCore

/// How much of each pixel of a result lies inside an outline: a gray picture, 255 for all of it.
///
/// Every outline is convex, so a line through it has one beginning and one end. Each row is looked at along sixteen lines, and what
/// they cover of a pixel is exact: edges are smooth, however flat or steep they run.
struct OutlineMask {
    private let width: Int
    private let height: Int
    private let outline: Outline

    /// Lines in each row.
    private static let lineCount = 16

    init(_ outline: Outline, size: PixelSize) {
        width = size.width
        height = size.height
        self.outline = outline
    }

    /// Writes all rows, top to bottom.
    /// - Parameter memory: exactly as many bytes as there are pixels.
    func write(to memory: UnsafeMutableRawBufferPointer) {
        precondition(memory.count == width * height, "memory of another size")
        for y in 0..<height {
            write(row: y, to: UnsafeMutableRawBufferPointer(rebasing: memory[y * width..<(y + 1) * width]))
        }
    }

    private func write(row y: Int, to row: UnsafeMutableRawBufferPointer) {
        let spans = (0..<Self.lineCount).map { line in
            span(at: Double(y) + (Double(line) + 0.5) / Double(Self.lineCount))
        }
        let starts = spans.map(\.start)
        let ends = spans.map(\.end)
        let outerStart = max(0, Int(starts.reduce(.infinity, min).rounded(.down)))
        let outerEnd = min(width, Int(ends.reduce(0, max).rounded(.up)))
        let innerStart = min(outerEnd, Int(starts.reduce(0, max).rounded(.up)))
        let innerEnd = max(innerStart, Int(ends.reduce(.infinity, min).rounded(.down)))
        row.initializeMemory(as: UInt8.self, repeating: 0)
        for x in innerStart..<innerEnd { row[x] = 255 }
        for x in outerStart..<max(outerStart, innerStart) { row[x] = Self.coverage(of: x, spans) }
        for x in innerEnd..<max(innerEnd, outerEnd) { row[x] = Self.coverage(of: x, spans) }
    }

    private static func coverage(of x: Int, _ spans: [(start: Double, end: Double)]) -> UInt8 {
        var sum = 0.0
        for span in spans { sum += max(0, min(Double(x + 1), span.end) - max(Double(x), span.start)) }
        return UInt8((sum * 255 / Double(lineCount)).rounded())
    }

    /// Where the outline begins and ends along a line; in one point where the line misses it.
    private func span(at y: Double) -> (start: Double, end: Double) {
        let (width, height) = (Double(width), Double(height))
        switch outline {
        case .circle:
            let radius = min(width, height) / 2
            return span(at: y, x: radius, y: radius)
        case .ellipse: return span(at: y, x: width / 2, y: height / 2)
        case .corners(let corners):
            let left = max(Self.inset(y, corners.topLeft), Self.inset(height - y, corners.bottomLeft))
            let right = max(Self.inset(y, corners.topRight), Self.inset(height - y, corners.bottomRight))
            return (left, width - right)
        }
    }

    /// Of an ellipse in the middle with those half axes.
    private func span(at line: Double, x: Double, y: Double) -> (start: Double, end: Double) {
        let (middle, distance) = (Double(width) / 2, (line - Double(height) / 2) / y)
        let reach = x * max(0, 1 - distance * distance).squareRoot()
        return (middle - reach, middle + reach)
    }

    /// How far a rounded corner keeps from its side, at a distance from the other side.
    private static func inset(_ distance: Double, _ radius: Int) -> Double {
        let radius = Double(radius)
        guard distance < radius else { return 0 }
        let rest = radius - distance
        return radius - (radius * radius - rest * rest).squareRoot()
    }
}
