import Foundation

/// A process that was started here: like Foundation's, but one whose children that outlive it don't hide its end.
final class Spawned {
    let id: Int32
    private var status: Int32?

    /// - Parameter output: a file for what it writes, to standard error too.
    init(_ executable: String, _ arguments: [String], output: String, environment: [String: String]) throws {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 1, output, O_WRONLY | O_CREAT | O_TRUNC, 0o644)
        posix_spawn_file_actions_adddup2(&actions, 1, 2)
        var words = ([executable] + arguments).map { strdup($0) } + [nil]
        var variables = environment.map { strdup("\($0)=\($1)") } + [nil]
        defer { for word in words + variables { free(word) } }
        var id: Int32 = 0
        let code = posix_spawn(&id, executable, &actions, nil, &words, &variables)
        guard code == 0 else { throw Failure("\(executable) does not start: \(String(cString: strerror(code)))") }
        self.id = id
    }

    /// Its status when it has ended; nil while it runs.
    func ending() -> Int32? {
        var code: Int32 = 0
        if status == nil, waitpid(id, &code, WNOHANG) == id { status = code }
        return status
    }

    /// Waits at most so many seconds.
    /// - Returns: whether it has ended.
    func hasEnded(within seconds: Double) -> Bool {
        let end = ContinuousClock.now + .seconds(seconds)
        while ending() == nil {
            if ContinuousClock.now > end { return false }
            usleep(500)
        }
        return true
    }
}
