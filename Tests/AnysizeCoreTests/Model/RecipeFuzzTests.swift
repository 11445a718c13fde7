import AnysizeTesting
import Testing

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// No query traps the parser; what it reads is printed in one way, and read again as the same.
@Suite struct RecipeFuzzTests {
    /// How many times the usual number is tried, from `ANYSIZE_SOAK`; with 500, ten million.
    private static let soak = max(1, ProcessInfo.processInfo.environment["ANYSIZE_SOAK"].flatMap(Int.init) ?? 1)

    @Test(arguments: [1, 2]) func whatIsPrintedIsReadAsTheSame(_ seed: UInt64) {
        var fuzz = RecipeFuzz(seed: seed)
        let count = 10_000 * Self.soak
        let (settledCount, faults) = fuzz.run(count)
        for fault in faults { Issue.record("\(fault)") }
        // Else it would only show that wrong queries are refused.
        #expect(settledCount > count / 50)
    }
}
