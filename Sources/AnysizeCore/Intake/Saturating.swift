extension Int {
    /// The product, or `Int.max` where it doesn't fit: what a file claims may not trap us, and "too many" is all that
    /// a limit needs to know. Both factors must not be negative.
    package func timesSaturating(_ other: Int) -> Int {
        let (product, overflow) = multipliedReportingOverflow(by: other)
        return overflow ? .max : product
    }

    /// The sum, or `Int.max` where it doesn't fit. Both terms must not be negative.
    package func plusSaturating(_ other: Int) -> Int {
        let (sum, overflow) = addingReportingOverflow(other)
        return overflow ? .max : sum
    }
}
