import Foundation

/// A Gaussian over rows of numbers, wide in both directions alike; beyond the edges the outermost pixels go on.
///
/// Rows are read from top to bottom, and each is written when all rows that it is made of have been read, never before: so a
/// picture can be blurred in its own memory.
struct RowBlur {
    /// Numbers in a row.
    let count: Int
    /// Numbers in a pixel.
    let channels: Int
    let height: Int
    private let radius: Int
    private let shares: [Float]

    /// - Parameter sigma: in pixels, above 0. The work a number grows with it.
    init(count: Int, channels: Int, height: Int, sigma: Double) {
        self.count = count
        self.channels = channels
        self.height = height
        let radius = max(1, Int((3 * sigma).rounded(.up)))
        let values = (-radius...radius).map { exp(-Double($0 * $0) / (2 * sigma * sigma)) }
        let sum = values.reduce(0, +)
        self.radius = radius
        shares = values.map { Float($0 / sum) }
    }

    /// - Parameters:
    ///   - goesOn: asked at each row.
    ///   - read: writes a row's numbers.
    ///   - write: takes a blurred row.
    /// - Returns: whether it came to its end.
    @inline(__always)
    func run(
        while goesOn: () -> Bool, read: (Int, UnsafeMutablePointer<Float>) -> Void,
        write: (Int, UnsafePointer<Float>) -> Void
    ) -> Bool {
        let margin = radius * channels
        // Vectors of sixteen may read and write beyond a row's end.
        let capacity = count + 2 * margin + 32
        let ringCount = 2 * radius + 1
        let memory = UnsafeMutablePointer<Float>.allocate(capacity: capacity * (ringCount + 2))
        memory.initialize(repeating: 0, count: capacity * (ringCount + 2))
        defer { memory.deallocate() }
        let row = memory + capacity * ringCount
        let sums = memory + capacity * (ringCount + 1)
        var sources = [UnsafePointer<Float>](repeating: UnsafePointer(memory), count: ringCount)
        var rowsIn = 0
        for y in 0..<height {
            guard goesOn() else { return false }
            while rowsIn <= min(height - 1, y + radius) {
                read(rowsIn, row + margin)
                extend(row, margin)
                for tap in 0..<ringCount { sources[tap] = UnsafePointer(row + tap * channels) }
                sum(sources, into: memory + rowsIn % ringCount * capacity)
                rowsIn += 1
            }
            for tap in 0..<ringCount {
                let index = min(max(y - radius + tap, 0), height - 1)
                sources[tap] = UnsafePointer(memory + index % ringCount * capacity)
            }
            sum(sources, into: sums)
            write(y, sums)
        }
        return true
    }

    /// The outermost pixels, repeated on both sides.
    private func extend(_ row: UnsafeMutablePointer<Float>, _ margin: Int) {
        for index in 0..<margin {
            row[index] = row[margin + index % channels]
            row[margin + count + index] = row[margin + count - channels + index % channels]
        }
    }

    private func sum(_ rows: [UnsafePointer<Float>], into sums: UnsafeMutablePointer<Float>) {
        rows.withUnsafeBufferPointer { rows in
            shares.withUnsafeBufferPointer {
                RowSums.vertical(rows.baseAddress!, $0.baseAddress!, taps: rows.count, count: count, into: sums)
            }
        }
    }
}
