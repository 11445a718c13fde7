import Glibc
import Synchronization

/// Many threads that allocate, resize, touch and free, as codecs do.
enum Workload {
    static let threadCount = 16

    private static let finished = Atomic<Int>(0)

    /// Whether all of the threads could be started and found what they wrote.
    static func run() -> Bool {
        var threads: [pthread_t] = []
        for _ in 0..<threadCount {
            var thread = pthread_t()
            guard pthread_create(&thread, nil, { _ in Workload.allocate() }, nil) == 0 else { return false }
            threads.append(thread)
        }
        for thread in threads { pthread_join(thread, nil) }
        return finished.load(ordering: .acquiring) == threadCount
    }

    private static func allocate() -> UnsafeMutableRawPointer? {
        var random = SystemRandomNumberGenerator()
        var isRight = true
        for round in 0..<400 {
            // From a few bytes to what the allocator maps by itself.
            let count = Int.random(in: 1...(round % 20 == 0 ? 4 << 20 : 20_000), using: &random)
            guard var block = malloc(count) else { return nil }
            memset(block, CInt(round & 0xff), count)
            guard let larger = realloc(block, count * 2) else { return nil }
            block = larger
            isRight = isRight && block.load(fromByteOffset: count - 1, as: UInt8.self) == UInt8(round & 0xff)
            free(block)
        }
        if isRight { finished.add(1, ordering: .releasing) }
        return nil
    }
}
