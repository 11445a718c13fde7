/// How long, how many: the bounds of everything that crosses the network. Times in seconds.
package struct S3Limits: Sendable {
    /// For a connection to come up, TLS included.
    package var connectSeconds = 3.0
    /// Without a byte in either direction.
    package var idleSeconds = 5.0
    /// For one try of a request without a body worth mentioning.
    package var trySeconds = 5.0
    /// A try may take longer for its body; this many bytes a second are demanded.
    package var bytesPerSecondMin = 500_000.0
    /// Kept open at the same time; what would need more waits.
    package var connectionCountMax = 64
    /// For all tries together of a request that says nothing else.
    package var requestSeconds = 10.0

    package init() {}

    /// For one try that moves so many bytes.
    func trySeconds(moving byteCount: Int) -> Double { trySeconds + Double(byteCount) / bytesPerSecondMin }

    /// For all tries together of a request that moves so many bytes, with their pauses.
    package func requestSeconds(moving byteCount: Int) -> Double {
        requestSeconds + 2 * Double(byteCount) / bytesPerSecondMin
    }
}
