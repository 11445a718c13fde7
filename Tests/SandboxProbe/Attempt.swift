import Glibc

/// The forbidden things. Called by the C library's names, since Swift hides some of them.
enum Attempt {
    /// Tries one; the result is its errno, 0 when it worked.
    static func named(_ name: String, parent: CInt) -> CInt {
        let parent = Int(parent)
        let path = text("/etc/hostname")
        var space = [Int](repeating: 0, count: 16)
        return space.withUnsafeMutableBytes { space in
            let address = Int(bitPattern: space.baseAddress)
            return switch name {
            case "open-read": call("open", path, Int(O_RDONLY))
            case "open-write": call("open", text("/tmp/sandbox-probe-was-here"), Int(O_WRONLY | O_CREAT), 0o600)
            case "open-other": call("open", text("/etc/passwd"), Int(O_RDONLY))
            case "open-update": call("open", path, Int(O_RDWR))
            case "open-cutting": call("open", path, Int(O_RDONLY | O_TRUNC))
            case "open-place": call("open", text("/etc"), 0x20_0000)
            case "open-beneath": call("openat", 3, path, Int(O_RDONLY))
            case "open-above": call("open", text("/etc/../etc/passwd"), Int(O_RDONLY))
            case "unlink": call("unlink", text("/tmp/sandbox-probe-was-here"))
            case "stat": call("access", path, 0)
            case "socket": call("socket", Int(AF_INET), Int(SOCK_STREAM.rawValue))
            case "connect": call("connect", 3, address, 16)
            case "execve": call("execv", text("/bin/true"), address)
            case "fork": call("fork")
            case "spawn": call("posix_spawn", address, text("/bin/true"), 0, 0, address, address)
            case "kill-parent": call("kill", parent, 0)
            case "kill-self": call("kill", Int(getpid()), 0)
            case "ptrace": call("ptrace", 0)
            case "peek-parent": call("process_vm_readv", parent, address, 1, address, 1)
            case "limit-parent": call("prlimit", parent, 7, 0, address)
            case "raise-limit": call("setrlimit", 7, address)
            case "renice-parent": call("setpriority", 0, parent, 10)
            case "renice-self": call("setpriority", 0, 0, 10)
            case "userfaultfd": call("syscall", 323)
            case "clone3": call("syscall", 435, address, 0)
            case "x32": call("syscall", 0x4000_0027)
            case "duplicate": call("dup", 3)
            case "send-descriptor": call("sendmsg", 3, address)
            case "dumpable": call("prctl", 4, 1)
            case "new-namespace": call("unshare", 0x2000_0000)
            case "map-beyond-limit": call("mmap", 0, 64 << 30, Int(PROT_READ), Int(MAP_PRIVATE | MAP_ANONYMOUS), -1)
            case "map": call("mmap", 0, 64 << 20, Int(PROT_READ), Int(MAP_PRIVATE | MAP_ANONYMOUS), -1)
            default: -1
            }
        }
    }

    private static func text(_ string: StaticString) -> Int { Int(bitPattern: string.utf8Start) }

    /// Calls a C function with whole numbers and pointers, variadic or not: on our architectures it is the same.
    private static func call(
        _ name: String, _ a: Int = 0, _ b: Int = 0, _ c: Int = 0, _ d: Int = 0, _ e: Int = 0, _ f: Int = 0
    ) -> CInt {
        typealias Function = @convention(c) (Int, Int, Int, Int, Int, Int) -> Int
        guard let symbol = dlsym(nil, name) else { return -2 }
        errno = 0
        let result = unsafeBitCast(symbol, to: Function.self)(a, b, c, d, e, f)
        // Most return an int, and leave the upper half of the register as it was.
        if name == "posix_spawn" { return CInt(truncatingIfNeeded: result) }
        return CInt(truncatingIfNeeded: result) == -1 ? errno : 0
    }
}
