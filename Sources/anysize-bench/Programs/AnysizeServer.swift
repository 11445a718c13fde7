import Foundation

/// The real service on free ports, with a data directory of its own.
final class AnysizeServer: Server {
    /// - Parameter settings: by their keys.
    init(_ bench: Bench, _ settings: [String: String] = [:]) throws {
        let directory = try bench.scratch.directory("anysize")
        let defaults = [
            "http.port": "0", "operations.port": "0", "data.directory": directory + "/data", "log.format": "json",
            "shutdown.delay.seconds": "0", "log.level": "notice",
        ]
        let arguments = defaults.merging(bench.settings) { $1 }.merging(settings) { $1 }.sorted { $0.key < $1.key }
            .flatMap {
                ["--" + $0.key.replacing(".", with: "-"), $0.value]
            }
        let child = try Child(bench.anysize, ["serve"] + arguments, log: directory + "/log")
        super.init(child, port: 0)
        moved(to: try child.wait(for: "listener") { Self.port(in: directory + "/log") })
    }

    private static func port(in log: String) -> Int? {
        struct Line: Decodable {
            let message: String
            let port: String?
            enum CodingKeys: String, CodingKey {
                case message
                case port = "http.port"
            }
        }
        let lines = (try? String(contentsOfFile: log, encoding: .utf8))?.split(separator: "\n") ?? []
        return lines.lazy.compactMap { try? JSONDecoder().decode(Line.self, from: Data($0.utf8)) }
            .first { $0.message == "Listening" }?.port.flatMap { Int($0) }
    }

    /// What an upload is answered with.
    struct Original: Decodable, Hashable {
        let id: String
        let width: Int
        let height: Int

        func path(_ query: String) -> String { "/img/\(id)?\(query)" }

        /// A part of the picture that nobody has asked for before, and its first render: the same work each time.
        /// - Parameter number: 0 to 4095.
        func part(_ number: Int, width: Int, _ query: String = "") -> String {
            let height = max(1, (self.height * width + self.width / 2) / self.width)
            return path(
                "w=\(width)&h=\(height)&fit=stretch&crop=\(number % 64),\(number / 64 % 64),\(self.width - 64),\(self.height - 64)\(query)"
            )
        }
    }

    func upload(_ body: [UInt8]) throws -> Original {
        let answer = try anysize_bench.fetch(.post("/img", body), port: port)
        return try JSONDecoder().decode(Original.self, from: Data(answer.body))
    }
}
