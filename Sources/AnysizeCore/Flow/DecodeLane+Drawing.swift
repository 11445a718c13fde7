import NIOCore

extension DecodeLane {
    /// An original that is drawn anew at each size. What takes too much at one size takes it at every larger one too, and there are
    /// as many of those as somebody cares to ask for.
    package struct Drawing: Sendable {
        private let original: Digest
        /// Of the result, before it is put on a canvas.
        let pixelCount: Int

        /// Nil where the original has pixels of its own.
        init?(_ record: OriginalRecord, _ plan: RenderPlan) {
            guard plan.input.isVector else { return nil }
            original = record.digest
            pixelCount = plan.resized.pixelCount
        }

        /// The subject under which an original's drawings are marked.
        var subject: Digest { Digest(of: ByteBuffer(string: "drawings of \(original)")) }

        /// Whether it needn't be tried: a little smaller than one that took too much is no other case, or it would be tried at each
        /// pixel less.
        func isLarge(beside mark: FailureMark) -> Bool {
            guard let failed = mark.pixelCount else { return false }
            return Double(pixelCount) > Double(failed) * 0.7
        }
    }
}
