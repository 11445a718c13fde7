import AnysizeCore

extension Inspection {
    /// Of a record that can't be had.
    init(_ error: StoreError) {
        self =
            switch error {
            case .damaged(let detail): .damaged(detail: detail)
            case .full(let detail), .unavailable(let detail): .unreadable(detail: detail)
            case .missing: .gone
            case .conditionFailed: .unreadable(detail: "\(error)")
            }
    }
}
