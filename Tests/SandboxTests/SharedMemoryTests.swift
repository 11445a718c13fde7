import Glibc
import Sandbox
import Testing

@Suite(.timeLimit(.minutes(2))) struct SharedMemoryTests {
    @Test func twoProcessesSeeTheSameBytesAndNeitherCanCutThem() throws {
        let memory = try SharedMemory(byteCount: 100_000)
        memory.bytes[0] = 1
        memory.bytes[99_999] = 0xf0
        let probe = try Probe("memory", memory: memory)
        #expect(try probe.line() == "\(memory.byteCount) \(EPERM) \(EPERM)")
        #expect(memory.bytes[0] == 0xfe)
        #expect(memory.bytes[99_999] == 0x0f)
        #expect(probe.process.wait() == .exited(code: 0))
    }

    @Test func itsSizeIsWholePages() throws {
        let page = sysconf(CInt(_SC_PAGESIZE))
        #expect(try SharedMemory(byteCount: 1).byteCount == page)
        #expect(try SharedMemory(byteCount: page + 1).bytes.count == page * 2)
    }

    @Test func muchCanBeReservedAndLittleUsed() throws {
        let memory = try SharedMemory(byteCount: 8 << 30)
        memory.bytes[memory.byteCount - 1] = 1
        #expect(residentByteCount(memory) < 1 << 20)
    }

    @Test func releasedMemoryIsGivenBackAndReadsAsZero() throws {
        let page = sysconf(CInt(_SC_PAGESIZE))
        let memory = try SharedMemory(byteCount: page * 64)
        memset(memory.bytes.baseAddress!, 7, memory.byteCount)
        #expect(residentByteCount(memory) == page * 64)
        try memory.release(from: page + 1)
        #expect(residentByteCount(memory) == page * 2)
        #expect(memory.bytes[page * 2 - 1] == 7)
        #expect(memory.bytes[page * 2] == 0)
        try memory.release(from: memory.byteCount)
        try memory.release(from: 0)
        #expect(residentByteCount(memory) == 0)
    }

    @Test func whatIsNoMemoryIsNotAdopted() {
        #expect(throws: SystemError(call: "fstat", code: EBADF)) { try SharedMemory(adopting: 999_999) }
    }

    private func residentByteCount(_ memory: SharedMemory) -> Int {
        var status = stat()
        fstat(memory.descriptor, &status)
        return Int(status.st_blocks) * 512
    }
}
