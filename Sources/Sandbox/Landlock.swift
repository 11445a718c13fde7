import CSandbox
import Glibc

/// The kernel's own refusal of files, connections and signals, as much of it as this kernel has.
enum Landlock {
    /// The version of the interface; 0 where there is none.
    static var version: Int { max(Int(anysize_landlock_abi()), 0) }

    /// Why there is none, or nil.
    static var absence: String? {
        switch -anysize_landlock_abi() {
        case ENOSYS: "the kernel was built without Landlock"
        case EOPNOTSUPP: "Landlock is not switched on in the kernel's list of security modules"
        case let code where code > 0: phrase(code)
        default: nil
        }
    }

    /// Takes all rights from every thread of this process. Nil when that worked, or else why not. Opens descriptors and
    /// lists a folder, so nothing that forbids those may come before.
    /// - Parameter readable: the files that may be opened for reading all the same.
    static func restrictAllThreads(but readable: [String] = []) -> String? {
        if let absence { return absence }
        let ruleset = anysize_landlock_refusing(rights(version: version))
        guard ruleset >= 0 else { return phrase(errno) }
        defer { close(ruleset) }
        // What can't be let through stays shut, and whoever needs it finds out.
        for path in readable { _ = anysize_landlock_let_read(ruleset, path) }
        let strays = restrictOthers(ruleset)
        // Last, since from here on this thread can't list the others; those that they start meanwhile inherit the rules.
        let code = anysize_landlock_restrict(ruleset)
        guard code == 0 else { return phrase(code) }
        return strays == 0 ? nil : "\(strays) of the threads could not be reached"
    }

    /// Every right that the version knows, and that a process without rules for it can therefore be refused.
    static func rights(version: Int) -> anysize_landlock_rights {
        // Bits 0...12 are the first version's: execute, write, read, list, remove and make of all kinds.
        var rights = anysize_landlock_rights(files: (1 << 13) - 1, network: 0, scopes: 0)
        if version >= 2 { rights.files |= 1 << 13 }  // link or rename from one folder to another
        if version >= 3 { rights.files |= 1 << 14 }  // truncate
        if version >= 4 { rights.network = 0b11 }  // bind and connect by TCP
        if version >= 5 { rights.files |= 1 << 15 }  // ioctl on devices
        if version >= 6 { rights.scopes = 0b11 }  // abstract sockets of, and signals to, those outside
        return rights
    }

    /// Restricts all threads but this one; returns how many it could not.
    ///
    /// Repeated until a pass finds no new thread: one that isn't restricted yet may have started another since.
    private static func restrictOthers(_ ruleset: CInt) -> Int {
        var done: Set<pid_t> = [anysize_thread_id()]
        var strays = 0
        while true {
            let fresh = threadIDs().subtracting(done)
            if fresh.isEmpty { return strays }
            for thread in fresh where anysize_landlock_restrict_thread(thread, ruleset, waitMilliseconds) != 0 {
                strays += 1
            }
            done.formUnion(fresh)
        }
    }

    /// A thread takes a signal within microseconds unless it blocks it or the machine is very busy.
    private static let waitMilliseconds: CInt = 1000

    private static func threadIDs() -> Set<pid_t> {
        guard let folder = opendir("/proc/self/task") else { return [] }
        defer { closedir(folder) }
        var found: Set<pid_t> = []
        while let entry = readdir(folder) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { name in
                String(decoding: name.prefix { $0 != 0 }, as: UTF8.self)
            }
            if let thread = pid_t(name) { found.insert(thread) }
        }
        return found
    }
}
