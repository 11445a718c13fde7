import AnysizeServer
import Testing

@Suite("Connection count", .timeLimit(.minutes(1)))
struct ConnectionCountTests {
    private func makeCount(open: Int, refused: Int) -> ConnectionCount {
        var limits = ConnectionLimits()
        limits.connectionCountMax = open
        limits.refusedCountMax = refused
        return ConnectionCount(limits: limits)
    }

    @Test("Connections are served up to the limit, then refused, then dropped, and all of it is undone by leaving")
    func limits() {
        let count = self.makeCount(open: 2, refused: 1)
        #expect((0..<4).map { _ in count.admit() } == [.admitted, .admitted, .refused, .dropped])
        #expect(count.openCount == 2)
        count.release(.dropped)
        #expect(count.admit() == .dropped)
        count.release(.refused)
        #expect(count.admit() == .refused)
        count.release(.admitted)
        #expect(count.openCount == 1)
        #expect(count.admit() == .admitted)
    }

    @Test("However many come at once, no more than the limit get in")
    func race() async {
        let count = self.makeCount(open: 50, refused: 0)
        let admitted = await withTaskGroup(of: Bool.self) { group in
            for _ in 0..<500 { group.addTask { count.admit() == .admitted } }
            return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
        }
        #expect(admitted <= 50)
        #expect(count.openCount == admitted)
    }
}
