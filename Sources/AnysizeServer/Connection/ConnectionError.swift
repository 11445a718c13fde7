/// Why a request's body can't be read to its end. Whoever iterates it gets this, so that nothing half-received is kept.
package enum ConnectionError: Error, Sendable, Equatable {
    /// The client closed its side or reset the connection.
    case clientGone
    /// The request has its answer already; what was left of its body is thrown away.
    case answeredEarly
    /// The client broke HTTP inside the body.
    case malformedBody
    /// The client was too slow; see `ConnectionLimits.bodyBytesPerSecondMin` and `bodySecondsMax`.
    case bodyTimeout
}
