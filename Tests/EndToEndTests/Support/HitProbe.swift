import Foundation
import Synchronization

/// Asks for one path again and again on a connection of its own while something else goes on: what another client would
/// notice of it.
final class HitProbe: Sendable {
    /// What it has seen.
    struct Report: Sendable {
        var seconds: [Double] = []
        /// What went wrong, once each.
        var faults: [String] = []

        var count: Int { seconds.count + faults.count }

        /// The time that this share of all requests stayed within, in seconds.
        func percentile(_ share: Double) -> Double {
            let sorted = seconds.sorted()
            guard !sorted.isEmpty else { return .nan }
            return sorted[min(sorted.count - 1, Int(Double(sorted.count) * share))]
        }
    }

    private let report = Mutex(Report())
    private let stopped = Flag()

    /// Begins to ask; every answer must come from the memory tier.
    init(_ service: RunningService, path: String, every seconds: Double) {
        Thread.detachNewThread { [self] in
            var connection: RawConnection?
            while !stopped.isRaised {
                let started = ContinuousClock.now
                do {
                    let open = try connection ?? RawConnection(port: service.port)
                    connection = open
                    try open.send("GET \(path) HTTP/1.1\r\nHost: localhost\r\n\r\n")
                    let answer = try open.answer(within: 20)
                    let isRight = answer.status == 200 && answer.origin == "memory" && !answer.body.isEmpty
                    note(started, isRight ? nil : "\(answer.status) from \(answer.origin ?? "nowhere")")
                } catch {
                    connection = nil
                    note(started, "\(error)")
                }
                Thread.sleep(forTimeInterval: seconds)
            }
        }
    }

    /// Ends the asking.
    func stop() -> Report {
        stopped.raise()
        return report.withLock { $0 }
    }

    private func note(_ started: ContinuousClock.Instant, _ fault: String?) {
        let seconds = (ContinuousClock.now - started) / .seconds(1)
        report.withLock { report in
            if let fault { report.faults.append(fault) } else { report.seconds.append(seconds) }
        }
    }
}

/// Tells another task or thread that something has happened.
final class Flag: Sendable {
    private let state = Mutex(false)

    var isRaised: Bool { state.withLock { $0 } }
    func raise() { state.withLock { $0 = true } }
}

/// Text in columns: the last two, or all but the first, to the right.
struct TextTable {
    private var rows: [[String]]

    init(_ titles: String...) { rows = [titles] }

    mutating func add(_ cells: String...) { rows.append(cells) }

    var text: String {
        let widths = rows[0].indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
        return rows.map { row in
            row.enumerated().map { column, cell in
                let gap = String(repeating: " ", count: widths[column] - cell.count)
                return column < max(1, row.count - 2) ? cell + gap : gap + cell
            }.joined(separator: "  ")
        }.joined(separator: "\n")
    }
}
