import Foundation

/// thumbor with a process a core and no storage, so that each request is a render of a file of this machine.
final class ThumborServer: Server {
    /// One that serves all photographs; nil, and noted, where there is no thumbor.
    static func ifInstalled(_ bench: Bench) -> ThumborServer? {
        bench.absences.unless("thumbor") {
            try ThumborServer(bench, files: bench.scratch.directory(of: bench.photographs))
        }
    }

    init(_ bench: Bench, files: String) throws {
        let program = try bench.program("thumbor")
        let directory = try bench.scratch.directory("thumbor")
        let port = try freePort()
        try """
        LOADER = 'thumbor.loaders.file_loader'
        FILE_LOADER_ROOT_PATH = '\(files)'
        STORAGE = 'thumbor.storages.no_storage'
        RESULT_STORAGE = None
        ALLOW_UNSAFE_URL = True
        QUALITY = 80
        MAX_PIXELS = 1e9
        """.write(toFile: directory + "/thumbor.conf", atomically: true, encoding: .utf8)
        let child = try Child(
            program,
            [
                "--conf", directory + "/thumbor.conf", "--ip", "127.0.0.1", "--port", "\(port)", "--log-level", "error",
                "--processes", "\(bench.cores)",
            ],
            log: directory + "/log")
        super.init(child, port: port)
        try awaitListening()
    }

    /// - Parameter box: as in its URLs: `320x0`, `fit-in/512x512`.
    static func path(_ box: String, _ file: String, format: String, quality: Int?) -> String {
        let filters = "filters:format(\(format))" + (quality.map { ":quality(\($0))" } ?? "")
        return "/unsafe/\(box)/\(filters)/\(file)"
    }
}
