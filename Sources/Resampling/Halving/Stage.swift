/// One step of the pyramid: rows of a level come in, rows of the next go out and on to the stage after it.
final class Stage<Format: LinearFormat> {
    typealias Number = Format.Number

    /// Where the caller lays the next row that comes in, before `takeRow`.
    let row: SplitRow<Number>

    private let height: Int
    private let channels: Int
    /// 1 where the first row is a pair of its own.
    private let offset: Int
    private let target: UnsafeMutablePointer<UInt8>?
    private let next: Stage?
    /// The last six rows, summed along themselves; row r is at r modulo six.
    private let sums: UnsafeMutablePointer<Number>
    private let light: UnsafeMutablePointer<Number>
    private var rowsIn = 0
    private var rowsOut = 0

    /// - Parameters:
    ///   - width: of the level that comes in; so is `height`.
    ///   - target: the memory of the level that goes out; nil where nobody wants it but the stage after.
    init(
        width: Int, height: Int, channels: Int, alignment: PairAlignment, target: UnsafeMutablePointer<UInt8>?,
        next: Stage?
    ) {
        row = SplitRow(width: width, channels: channels, doublesFirst: alignment.doublesFirstColumn)
        self.height = height
        self.channels = channels
        offset = alignment.doublesFirstRow && height % 2 == 1 ? 1 : 0
        self.target = target
        self.next = next
        let count = row.pairs * channels
        sums = .allocate(capacity: HalvingKernel.taps * count)
        sums.initialize(repeating: 0, count: HalvingKernel.taps * count)
        // Three more, which SplitRow.fill may read.
        light = .allocate(capacity: count + 3)
        light.initialize(repeating: 0, count: count + 3)
    }

    deinit {
        sums.deallocate()
        light.deallocate()
    }

    private var count: Int { row.pairs * channels }

    /// Takes what was laid into `row`, and makes the rows that this completes.
    func takeRow() {
        HalvingKernel.horizontal(
            even: row.even, odd: row.odd, count: count, channels: channels, into: slot(of: rowsIn))
        rowsIn += 1
        // The kernel's last row, or the picture's if the kernel reaches beyond.
        while rowsOut < (height + 1) / 2, min(lastRow(for: rowsOut), height - 1) < rowsIn { makeRow() }
    }

    private func makeRow() {
        HalvingKernel.vertical(
            (tap(0), tap(1), tap(2), tap(3), tap(4), tap(5)), count: count, limit: Format.one, into: light)
        Format.confine(light, pixels: row.pairs, channels: channels)
        if let target {
            Format.encode(light, pixels: row.pairs, channels: channels, into: target + rowsOut * count)
        }
        rowsOut += 1
        guard let next else { return }
        next.row.fill(from: light)
        next.takeRow()
    }

    /// The last row that a row of the result is made from, as if the picture went on.
    private func lastRow(for result: Int) -> Int {
        2 * result - offset - HalvingKernel.reach + HalvingKernel.taps - 1
    }

    /// The sums of one of the kernel's rows for the next result; beyond the picture, those of its first or last row.
    private func tap(_ index: Int) -> UnsafePointer<Number> {
        let wanted = lastRow(for: rowsOut) - HalvingKernel.taps + 1 + index
        return UnsafePointer(slot(of: max(0, min(height - 1, wanted))))
    }

    private func slot(of row: Int) -> UnsafeMutablePointer<Number> {
        sums + row % HalvingKernel.taps * count
    }
}
