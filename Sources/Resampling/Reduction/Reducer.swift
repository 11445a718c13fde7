/// Reduces a picture in linear light while its rows come in, from top to bottom, to any smaller size.
///
/// Rows are decoded to linear light, kept while the kernel reaches them, added up vertically and then horizontally, and coded again.
/// Alpha is straight in and out, and weighs the colours meanwhile. Belongs to one thread at a time.
package final class Reducer {
    private let shape: PictureShape
    private let size: (width: Int, height: Int)
    private let across: Taps
    private let down: Taps
    private let output: UnsafeMutableRawBufferPointer
    /// Decoded rows, each with some values more than it needs, so that vectors may read beyond its end.
    private let ring: UnsafeMutablePointer<Float>
    private let rowCapacity: Int
    private let ringCount: Int
    private let sums: UnsafeMutablePointer<Float>
    private var rowsIn = 0
    private var rowsOut = 0

    /// - Parameters:
    ///   - shape: of the source; 8 bits a sample.
    ///   - window: what of it is shown.
    ///   - width, height: of the result, in pixels.
    ///   - output: for the result: rows without gaps, a byte a sample, as many channels as the source has.
    package init(
        shape: PictureShape, window: Window, width: Int, height: Int, output: UnsafeMutableRawBufferPointer
    ) {
        precondition(shape.depth == .eight, "only levels are reduced, and they have 8 bits a sample")
        precondition(width >= 1 && height >= 1 && window.width > 0 && window.height > 0, "a result has pixels")
        precondition(output.count >= width * height * shape.channels.rawValue, "the result fits its memory")
        self.shape = shape
        self.output = output
        size = (width, height)
        across = Taps(start: window.left, extent: window.width, side: shape.width, outputCount: width)
        down = Taps(start: window.top, extent: window.height, side: shape.height, outputCount: height)
        ringCount = down.count + 1
        rowCapacity = (shape.rowSamples + 15) / 16 * 16 + 16
        ring = .allocate(capacity: rowCapacity * ringCount)
        ring.initialize(repeating: 0, count: rowCapacity * ringCount)
        sums = .allocate(capacity: rowCapacity)
        sums.initialize(repeating: 0, count: rowCapacity)
    }

    deinit {
        ring.deallocate()
        sums.deallocate()
    }

    /// Rows of the source that are still to come. Those below the window needn't.
    package var needsRows: Bool { rowsOut < size.height }

    /// Takes the next rows.
    /// - Parameters:
    ///   - rows: the address of the first one's first sample.
    ///   - stride: bytes from one to the next.
    package func add(rows: UnsafeRawBufferPointer, count: Int, stride: Int) {
        guard let base = rows.baseAddress else { return }
        precondition(rowsIn + count <= shape.height, "no more rows come than the picture has")
        for row in 0..<count where needsRows {
            // Above the first row that anything is made of.
            if rowsIn >= down.first[rowsOut] { decode(base + row * stride) }
            rowsIn += 1
            while needsRows, down.first[rowsOut] + down.count <= rowsIn { makeRow() }
        }
    }

    /// Checks that the result is whole.
    package func finish() { precondition(!needsRows, "all rows of the window must come") }

    private func decode(_ row: UnsafeRawPointer) {
        let samples = row.assumingMemoryBound(to: UInt8.self)
        let values = ring + rowsIn % ringCount * rowCapacity
        if shape.channels.hasAlpha {
            LightTable.decodeWithAlpha(samples, shape.width, shape.channels.rawValue, into: values)
        } else {
            LightTable.decode(samples, shape.rowSamples, into: values)
        }
    }

    private func makeRow() {
        let first = down.first[rowsOut]
        down.shares.withUnsafeBufferPointer { shares in
            withUnsafeTemporaryAllocation(of: UnsafePointer<Float>.self, capacity: down.count) { rows in
                for tap in 0..<down.count {
                    rows.initializeElement(
                        at: tap, to: UnsafePointer(ring + (first + tap) % ringCount * rowCapacity))
                }
                RowSums.vertical(
                    rows.baseAddress!, shares.baseAddress! + rowsOut * down.count, taps: down.count,
                    count: shape.rowSamples, into: sums)
            }
        }
        let channels = shape.channels.rawValue
        let target = (output.baseAddress! + rowsOut * size.width * channels).assumingMemoryBound(to: UInt8.self)
        RowSums.horizontal(sums, across, width: size.width, channels: shape.channels, into: target)
        rowsOut += 1
    }
}
