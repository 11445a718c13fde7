import Testing

@testable import AnysizeCore
@testable import AnysizeServer

@Suite struct ServerTimingTests {
    @Test(arguments: [
        (0, "a;dur=0.000"), (0.000_001, "a;dur=0.001"), (0.000_012_4, "a;dur=0.012"), (0.001, "a;dur=1.000"),
        (0.012_345_6, "a;dur=12.346"), (1.5, "a;dur=1500.000"), (0.000_999_9, "a;dur=1.000"), (60, "a;dur=60000.000"),
    ])
    func `A step is told in milliseconds with three digits`(seconds: Double, text: String) {
        var timing = ServerTiming()
        timing.add("a", seconds: seconds)
        #expect(timing.value == text)
    }

    @Test(arguments: [1e300, 1e14, -1e300, -0.001, .nan, .infinity])
    func `What is no time is left out`(seconds: Double) {
        var timing = ServerTiming()
        timing.add("a", seconds: seconds)
        #expect(timing.value == nil)
        var timings = RenderTimings()
        timings.open = seconds
        #expect(!timings.isPlausible)
    }

    @Test func `Steps that didn't happen are left out`() {
        var timing = ServerTiming()
        #expect(timing.value == nil)
        timing.add("a", seconds: nil)
        timing.add("b", seconds: 0.001, description: "a step")
        timing.add("c", seconds: 0.002)
        #expect(timing.value == "b;dur=1.000;desc=\"a step\", c;dur=2.000")
    }

    @Test func `A delivery's steps come in their order`() {
        var timings = DeliveryTimings()
        #expect(ServerTiming.of(timings, source: .original, totalSeconds: 0.001) == "total;dur=1.000")
        timings.wait = 0.002
        #expect(ServerTiming.of(timings, source: .original, totalSeconds: 0.003) == "wait;dur=2.000, total;dur=3.000")
    }

    @Test func `The wait for a look at an upload is told apart from the look`() {
        var timings = UploadService.Receipt.Timings()
        timings.receive = 0.001
        timings.queue = 0.002
        timings.decode = 0.003
        let text = ServerTiming.of(timings, totalSeconds: 0.006)
        #expect(text == "receive;dur=1.000, queue;dur=2.000, decode;dur=3.000, total;dur=6.000")
    }
}
