import AnysizeCore
import Vips

/// Borders are looked for in all pixels of the original, row by row, before the render begins.
extension RenderJob {
    /// The job for what is left once the borders are off; nil where there are none to look for.
    func trimmed(_ bytes: UnsafeRawBufferPointer) throws(RenderError) -> RenderJob? {
        guard let trim = plan.trim else { return nil }
        var search: BorderSearch?
        let corner = trim.corner
        let plan = plan
        // The border's colour may come after rows that have to be compared with it: then they are read twice.
        for _ in 0..<2 {
            try readRows(bytes) { (y, row, bands, hasAlpha) in
                if search == nil, y == corner.top {
                    let start = corner.left * bands
                    search = BorderSearch(
                        area: plan.source, colour: [UInt8](row[start..<start + bands]), hasAlpha: hasAlpha,
                        tolerance: trim.tolerance)
                    guard y == plan.source.top else { return false }
                }
                search?.add(row: y, row)
                return y + 1 < plan.source.top + plan.source.height
            }
            if corner.top == plan.source.top { break }
        }
        return plan.trimmed(to: search?.rest ?? plan.source).map { RenderJob(plan: $0, limits: limits, watch: watch) }
    }

    /// - Parameter body: gets the number of a stored row and its pixels, one byte a channel; tells whether it wants more.
    private func readRows(
        _ bytes: UnsafeRawBufferPointer, _ body: (Int, UnsafeRawBufferPointer, _ bands: Int, _ hasAlpha: Bool) -> Bool
    ) throws(RenderError) {
        let watch = watch
        let image: Image
        do throws(VipsError) {
            image = try Pixels.inBytes(try decoded(try Image.load(bytes, as: plan.input.loader, page: plan.page)))
        } catch {
            throw .reading(error, watch)
        }
        image.watched(by: watch)
        let (bands, hasAlpha, rowBytes) = (image.bands, image.hasAlpha, image.width * image.bands)
        var y = 0
        let failure = try image.readRows(16) { (rows, count, stride) throws(RenderError) in
            try RenderError.check(watch)
            for row in 0..<count {
                let pixels = UnsafeRawBufferPointer(rebasing: rows[row * stride..<row * stride + rowBytes])
                guard body(y, pixels, bands, hasAlpha) else { return false }
                y += 1
            }
            return true
        }
        if let failure { throw .reading(failure, watch) }
    }
}

extension Pixels {
    /// A byte a channel, whatever the channels mean.
    static func inBytes(_ image: borrowing Image) throws(VipsError) -> Image {
        if image.isByte { return try image.same() }
        return image.isShort ? try image.shiftToByte() : try image.castToByte()
    }
}
