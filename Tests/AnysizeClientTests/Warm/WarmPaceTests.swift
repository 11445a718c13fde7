import AnysizeClient
import AnysizeCore
import AnysizeTesting
import NIOHTTP1
import Testing

@Suite struct WarmPaceTests {
    @Test func `one round without delay allows about one more, up to the bound`() {
        var pace = WarmPace(limitMax: 8)
        #expect(pace.limit == 1)
        for round in 2...30 {
            let tickets = (0..<pace.limit).map { _ in pace.send() }
            for ticket in tickets { pace.answered(ticket, isBusy: false) }
            #expect((min(8, round - 2)...min(8, round)).contains(pace.limit))
        }
        #expect(pace.limit == 8)
    }

    @Test func `a busy round halves once, however many say so`() {
        var pace = WarmPace(limitMax: 64)
        while pace.limit < 64 { pace.answered(pace.send(), isBusy: false) }
        let tickets = (0..<64).map { _ in pace.send() }
        for ticket in tickets { pace.answered(ticket, isBusy: true) }
        #expect(pace.limit == 32)
        pace.answered(pace.send(), isBusy: true)
        #expect(pace.limit == 16)
    }

    @Test func `it never leaves its bounds`() {
        var random = SeededRandom(seed: 11)
        var pace = WarmPace(limitMax: 5)
        var open: [WarmPace.Ticket] = []
        for _ in 0..<5000 {
            open.append(pace.send())
            open.shuffle(using: &random)
            if open.count >= pace.limit {
                pace.answered(open.removeLast(), isBusy: Int.random(in: 0..<4, using: &random) == 0)
            }
            #expect((1...5).contains(pace.limit))
        }
    }

    @Test(
        arguments: [
            (200, "total;dur=900, queue;dur=20", 0.9, false),
            (200, "queue;dur=150.5, total;dur=160", 0.2, true),
            (200, "queue;desc=\"x\";dur=101", 0.2, true),
            (200, nil, 0.3, false),
            (200, nil, 2.5, true),
            (503, nil, 0.01, true),
            (429, "queue;dur=0", 0.01, true),
            (404, "total;dur=1", 0.01, false),
        ] as [(Int, String?, Double, Bool)])
    func `busy is what the service says of its queue, else how long it took`(
        status: Int, timing: String?, seconds: Double, isBusy: Bool
    ) {
        let headers: HTTPHeaders = timing.map { ["Server-Timing": $0] } ?? [:]
        #expect(WarmPace.isBusy(ServiceAnswer(status: status, headers: headers), seconds: seconds) == isBusy)
    }

    @Test func `the mark is behind the last of those that are done without a gap`() {
        var random = SeededRandom(seed: 5)
        var mark = Watermark<Int>()
        #expect(mark.place == nil)
        let numbers = (0..<200).map { _ in mark.begin() }
        var done: Set<Int> = []
        for number in numbers.shuffled(using: &random) {
            mark.end(number, at: number * 10)
            done.insert(number)
            let whole = (0...).first { !done.contains($0) } ?? 0
            #expect(mark.place == (whole == 0 ? nil : (whole - 1) * 10))
        }
    }

    @Test func `lines come from a file with or without a last line feed`() throws {
        let scratch = try Scratch()
        let names = (0..<2500).map { "id-\($0)" }
        for end in ["", "\n"] {
            let path = try scratch.write("ids", Array((names.joined(separator: "\n") + end).utf8))
            let reader = try LineReader(path)
            var lines: [String] = []
            while case let next = try reader.next(100), !next.isEmpty { lines += next }
            #expect(lines == names)
        }
        #expect(throws: SourceError.self) { try LineReader(scratch.path + "/none") }
    }
}
