import CSandbox
import Glibc

/// What is allowed of one system call. Rules for the same call add up.
struct SyscallRule {
    /// What an argument has to be. The call's number decides how many bits of it the kernel looks at.
    enum Condition {
        /// The lower half of an argument, of which `mask` is looked at.
        case word(argument: Int, mask: UInt32 = .max, equals: UInt32)
        /// A pointer that is null.
        case null(argument: Int)
    }

    let number: Int
    var conditions: [Condition] = []
    /// The errno to fail with instead, or nil to let the call through.
    var code: CInt?
}

/// An allow-list as a program for the kernel's seccomp: what isn't listed fails with EPERM, which libraries know how to
/// live with, and a call in the manner of another architecture, which has other numbers, ends the process.
struct SyscallFilter {
    /// The program, as seccomp(2) and bpf describe it.
    private(set) var program: [sock_filter] = []

    init(_ rules: [SyscallRule]) {
        program = [
            Self.load(at: 4),  // seccomp_data.arch
            Self.jump(BPF_JEQ, anysize_architecture(), otherwise: 2),
            Self.load(at: 0),  // seccomp_data.nr
            // x32, or a number that nothing has; otherwise past the answer, which is for a wrong architecture as well.
            Self.jump(BPF_JGE, 0x4000_0000, otherwise: 1),
            Self.answer(UInt32(SECCOMP_RET_KILL_PROCESS)),
        ]
        for rule in rules { append(rule) }
        program.append(Self.answer(UInt32(SECCOMP_RET_ERRNO) | UInt32(EPERM)))
    }

    /// Whether the kernel offers filters with the answers used here.
    static var isAvailable: Bool {
        anysize_filter_action_exists(UInt32(SECCOMP_RET_KILL_PROCESS)) == 1
    }

    /// Puts the filter on every thread, for good. Nil when that worked, or else why not. Needs no-new-privileges.
    func load() -> String? {
        switch anysize_filter_load(program, UInt16(program.count)) {
        case 0: nil
        case let result where result > 0: "thread \(result) has a filter of its own"
        case let result: phrase(CInt(-result))
        }
    }

    /// Adds the lines that a rule takes. The accumulator holds the call's number before and after.
    private mutating func append(_ rule: SyscallRule) {
        var lines: [sock_filter] = []
        let answer = Self.answer(rule.code.map { UInt32(SECCOMP_RET_ERRNO) | UInt32($0) } ?? UInt32(SECCOMP_RET_ALLOW))
        let checks = rule.conditions.flatMap(Self.checks)
        for (index, check) in checks.enumerated() {
            // A comparison that fails goes past the remaining checks and the answer, to where the number is loaded again.
            let isJump = check.code & 7 == UInt16(BPF_JMP)
            lines.append(isJump ? Self.jump(BPF_JEQ, check.k, otherwise: checks.count - index) : check)
        }
        lines.append(answer)
        if !checks.isEmpty { lines.append(Self.load(at: 0)) }
        program.append(Self.jump(BPF_JEQ, UInt32(rule.number), otherwise: lines.count))
        program += lines
    }

    private static func checks(_ condition: SyscallRule.Condition) -> [sock_filter] {
        switch condition {
        case .word(let argument, let mask, let value):
            let masking = sock_filter(code: UInt16(BPF_ALU | BPF_AND | BPF_K), jt: 0, jf: 0, k: mask)
            let look = [load(at: 16 + 8 * argument)] + (mask == .max ? [] : [masking])
            return look + [jump(BPF_JEQ, value, otherwise: 0)]
        case .null(let argument):
            // Both halves; the lower one comes first on the two architectures there are.
            return [16, 20].flatMap { [load(at: $0 + 8 * argument), jump(BPF_JEQ, 0, otherwise: 0)] }
        }
    }

    private static func load(at offset: Int) -> sock_filter {
        sock_filter(code: UInt16(BPF_LD | BPF_W | BPF_ABS), jt: 0, jf: 0, k: UInt32(offset))
    }

    private static func jump(_ comparison: CInt, _ value: UInt32, otherwise lines: Int) -> sock_filter {
        sock_filter(code: UInt16(BPF_JMP | comparison | BPF_K), jt: 0, jf: UInt8(lines), k: value)
    }

    private static func answer(_ value: UInt32) -> sock_filter {
        sock_filter(code: UInt16(BPF_RET | BPF_K), jt: 0, jf: 0, k: value)
    }
}
