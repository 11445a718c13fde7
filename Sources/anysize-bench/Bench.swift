import Foundation

/// What all contests have in common.
struct Bench {
    let scratch: Scratch
    let photographs: Photographs
    /// Seconds of a sample that has no natural end.
    let seconds: Double
    /// Path of the service's program.
    let anysize: String
    /// Path of the C loop.
    let loop: String
    /// Directories in which programs are looked for first.
    let programDirectories: [String]
    /// Renders of the contest that looks at memory.
    let renderCount: Int
    /// Of every service that is started, by their keys, unless a contest has its own.
    let settings: [String: String]
    let absences = Absences()

    let cores = ProcessInfo.processInfo.activeProcessorCount

    /// - Throws: where it isn't installed.
    func program(_ names: String...) throws -> String {
        let path = ProcessInfo.processInfo.environment["PATH"]?.split(separator: ":").map(String.init) ?? []
        for name in names {
            let candidates = name.hasPrefix("/") ? [name] : (programDirectories + path).map { "\($0)/\(name)" }
            if let found = candidates.first(where: { FileManager.default.isExecutableFile(atPath: $0) }) {
                return found
            }
        }
        throw Failure("\(names[0]) is not installed")
    }
}
