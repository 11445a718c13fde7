/// Comparisons that take as long whatever they find.
enum ConstantTime {
    /// Only a difference of lengths, which are no secret, shows in the time.
    static func isEqual(_ first: some Collection<UInt8>, _ second: some Collection<UInt8>) -> Bool {
        guard first.count == second.count else { return false }
        return zip(first, second).reduce(0) { $0 | ($1.0 ^ $1.1) } == 0
    }
}
