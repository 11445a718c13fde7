import Foundation
import Glibc
import Sandbox
import Testing

@Suite(.timeLimit(.minutes(2))) struct SandboxTests {
    private static let kernel = Sandbox.available()

    @Test func everyLayerThatTheKernelOffersHoldsAfterEntering() throws {
        let probe = try Probe("echo", layers: "all")
        let missing = Self.kernel.missing.map { "\($0.layer.rawValue): \($0.reason)" }.joined(separator: "; ")
        #expect(try probe.line() == (missing.isEmpty ? "entered" : missing))
    }

    @Test(arguments: [
        "open-read", "open-write", "unlink", "stat", "socket", "connect", "execve", "fork", "spawn", "kill-parent",
        "kill-self", "ptrace", "peek-parent", "limit-parent", "raise-limit", "renice-parent", "userfaultfd",
        "duplicate", "send-descriptor", "dumpable", "new-namespace",
    ])
    func insideNobodyMay(_ attempt: String) throws {
        let probe = try Probe("attempt", layers: "all", argument: attempt)
        _ = try probe.line()
        #expect(try probe.line() == "\(EPERM)")
    }

    @Test(arguments: ["renice-self", "map"]) func insideOneMayStill(_ attempt: String) throws {
        let probe = try Probe("attempt", layers: "all", argument: attempt)
        _ = try probe.line()
        #expect(try probe.line() == "0")
    }

    /// One file may be read where that was asked for, and nothing else of files changes.
    @Test(
        .enabled(if: kernel.landlockABI > 0),
        arguments: [
            ("open-read", 0), ("open-other", EACCES), ("open-above", EACCES), ("open-update", EPERM),
            ("open-cutting", EPERM), ("open-place", EPERM), ("open-beneath", EPERM), ("open-write", EPERM),
            ("stat", EPERM), ("unlink", EPERM),
        ]
    )
    func aFileThatIsLeftOpenIsTheOnlyOne(_ attempt: String, code: CInt) throws {
        let probe = try Probe("attempt", layers: "all", argument: "\(attempt):/etc/hostname")
        _ = try probe.line()
        #expect(try probe.line() == "\(code)")
    }

    /// A filter can't tell paths apart.
    @Test func withoutLandlockNoFileIsLeftOpen() throws {
        let probe = try Probe(
            "attempt", layers: "no-new-privileges,seccomp", argument: "open-read:/etc/hostname")
        _ = try probe.line()
        #expect(try probe.line() == "\(EPERM)")
    }

    @Test func theCallForThreadsWithUnseenFlagsSeemsNotToExist() throws {
        let probe = try Probe("attempt", layers: "all", argument: "clone3")
        _ = try probe.line()
        #expect(try probe.line() == "\(ENOSYS)")
    }

    @Test func aCallByAnotherNumberingIsTheEnd() throws {
        let probe = try Probe("attempt", layers: "all", argument: "x32")
        #expect(try probe.line() == "entered")
        #expect(probe.process.wait() == .signaled(SIGSYS))
    }

    /// Or the tests above would pass for the wrong reason.
    @Test(arguments: [
        "open-read", "stat", "socket", "fork", "kill-parent", "limit-parent", "duplicate", "map-beyond-limit",
    ])
    func outsideEverybodyMay(_ attempt: String) throws {
        #expect(try Probe("attempt", argument: attempt).line() == "0")
    }

    /// Whoever runs this: as root, an ordinary child would have them all.
    @Test func childrenHaveNoCapabilities() throws {
        let none = "0000000000000000"
        #expect(
            try Probe("capabilities").line() == "CapInh:\(none) CapPrm:\(none) CapEff:\(none) CapAmb:\(none)")
    }

    @Test func addressSpaceEndsAtTheLimit() throws {
        let probe = try Probe("attempt", layers: "all", argument: "map-beyond-limit")
        _ = try probe.line()
        #expect(try probe.line() == "\(ENOMEM)")
    }

    @Test(.enabled(if: kernel.landlockABI > 0), arguments: ["open-read", "open-write"])
    func landlockAloneRefusesFiles(_ attempt: String) throws {
        let probe = try Probe("attempt", layers: "no-new-privileges,landlock", argument: attempt)
        _ = try probe.line()
        #expect(try probe.line() == "\(EACCES)")
    }

    @Test(.enabled(if: kernel.landlockABI >= 6)) func landlockAloneRefusesSignalsToTheParent() throws {
        let probe = try Probe("attempt", layers: "landlock", argument: "kill-parent")
        _ = try probe.line()
        #expect(try probe.line() == "\(EPERM)")
    }

    @Test(.enabled(if: kernel.landlockABI > 0)) func landlockHoldsForThreadsThatWereThereBefore() throws {
        let probe = try Probe("early-thread", layers: "landlock")
        #expect(try probe.line() == "entered")
        #expect(try probe.line() == "\(EACCES)")
    }

    @Test func seccompHoldsForThreadsThatWereThereBefore() throws {
        let probe = try Probe("early-thread", layers: "no-new-privileges,seccomp")
        #expect(try probe.line() == "entered")
        #expect(try probe.line() == "\(EPERM)")
    }

    @Test(.enabled(if: kernel.landlockABI > 0)) func aThreadThatLandlockCannotReachIsReported() throws {
        let probe = try Probe("deaf-thread", layers: "all")
        #expect(try probe.line() == "landlock: 1 of the threads could not be reached")
        #expect(try probe.line() == "\(EPERM)")
    }

    @Test func threadsAndMemoryWorkInside() throws {
        let probe = try Probe("threads", layers: "all")
        #expect(try probe.line() == "entered")
        #expect(try probe.line() == "done")
    }

    @Test func processorTimeEndsWithItsAllowance() throws {
        let probe = try Probe("spin", layers: "all")
        let start = ContinuousClock.now
        #expect(probe.process.wait() == .signaled(SIGXCPU))
        #expect(ContinuousClock.now - start > .seconds(1))
    }

    @Test func abortEndsAWorkerBySignal() throws {
        let probe = try Probe("abort", layers: "all")
        #expect(try probe.line() == "entered")
        #expect(probe.process.wait() == .signaled(SIGABRT))
    }

    @Test func aLayerOfTheReportHasItsNameInJSON() throws {
        let data = try JSONEncoder().encode(Sandbox.available())
        #expect(String(decoding: data, as: UTF8.self).contains("\"no-new-privileges\""))
        #expect(try JSONDecoder().decode(SandboxReport.self, from: data) == Sandbox.available())
    }
}
