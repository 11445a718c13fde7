import Foundation
import Testing

/// Tests of the real program: its binary, its files, its sockets, its signals.
///
/// `.serialized` because all of them share the machine's cores: a test that counts renders, measures how long a hit takes
/// under load or bounds memory would measure its neighbours otherwise.
@Suite(.serialized)
enum EndToEnd {
    /// How many times the usual number of rounds the long loops run, from `ANYSIZE_SOAK`; 1 where it isn't set.
    static let soak = max(1, ProcessInfo.processInfo.environment["ANYSIZE_SOAK"].flatMap(Int.init) ?? 1)
}
