/// What of files is left to a worker. Nothing, mostly.
package struct SandboxFiles: Sendable {
    /// Files that may be opened for reading, fonts for one: those alone, and none at all where Landlock doesn't hold.
    package var readable: [String]
    /// Whether `access` says yes to every path, without any look at it. cairo asks so for the file of a font that it holds open
    /// already, and doesn't draw with it otherwise.
    package var pretendsAll: Bool

    package init(readable: [String] = [], pretendsAll: Bool = false) {
        self.readable = readable
        self.pretendsAll = pretendsAll
    }
}
