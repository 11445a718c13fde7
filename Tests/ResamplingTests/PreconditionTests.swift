import Resampling
import Testing

@Suite struct PreconditionTests {
    @Test func `Finishing before the last row is a mistake`() async {
        await #expect(processExitsWith: .failure) {
            let builder = PyramidBuilder(
                shape: PictureShape(width: 2, height: 2, channels: .gray, depth: .eight), targets: [])
            [UInt8](repeating: 0, count: 2).withUnsafeBytes { builder.add(rows: $0, count: 1, stride: 2) }
            builder.finish()
        }
    }

    @Test func `A row more than the picture has is a mistake`() async {
        await #expect(processExitsWith: .failure) {
            let builder = PyramidBuilder(
                shape: PictureShape(width: 2, height: 2, channels: .gray, depth: .eight), targets: [])
            [UInt8](repeating: 0, count: 6).withUnsafeBytes { builder.add(rows: $0, count: 3, stride: 2) }
        }
    }

    @Test func `Rows that end before their samples are a mistake`() async {
        await #expect(processExitsWith: .failure) {
            let builder = PyramidBuilder(
                shape: PictureShape(width: 2, height: 2, channels: .gray, depth: .sixteen), targets: [])
            [UInt8](repeating: 0, count: 7).withUnsafeBytes { builder.add(rows: $0, count: 2, stride: 4) }
        }
    }

    @Test func `Memory too small for its level is a mistake`() async {
        await #expect(processExitsWith: .failure) {
            let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: 3, alignment: 1)
            _ = PyramidBuilder(
                shape: PictureShape(width: 4, height: 4, channels: .gray, depth: .eight),
                targets: [.init(level: 1, memory: memory)])
        }
    }
}
