/// A system call that failed. Programmer errors trap instead.
package struct SystemError: Error, Equatable, Sendable {
    /// The call's name, `mmap` for one.
    package let call: String
    /// Its errno.
    package let code: CInt

    package init(call: String, code: CInt) {
        self.call = call
        self.code = code
    }
}
