import AnysizeCore
import ArgumentParser

/// A format that is taken only where the settings name it, by the word that they name it with.
struct ExtraFormat: Hashable, Sendable, CustomStringConvertible, ExpressibleByArgument {
    let format: ImageFormat

    /// All words there are, as a sentence lists them.
    static let words = ImageFormat.extra.map(\.rawValue).joined(separator: ", ")

    init?(argument word: String) {
        guard let format = ImageFormat(rawValue: word.lowercased()), ImageFormat.extra.contains(format) else {
            return nil
        }
        self.format = format
    }

    var description: String { format.rawValue }

    static var allValueStrings: [String] { ImageFormat.extra.map(\.rawValue) }

    /// Reads words that are separated by commas or blanks, in any order; twice is once.
    static func list(_ text: String) throws(Disallowed) -> [ExtraFormat] {
        let given = text.split { $0 == "," || $0.isWhitespace }.map(String.init)
        let faults = given.indices.filter { ExtraFormat(argument: given[$0]) == nil }.map {
            "entry \($0 + 1) must be one of \(words)"
        }
        guard faults.isEmpty else { throw Disallowed(reasons: faults) }
        let named = Set(given.compactMap { ExtraFormat(argument: $0) })
        return allValueStrings.compactMap { ExtraFormat(argument: $0) }.filter(named.contains)
    }
}
