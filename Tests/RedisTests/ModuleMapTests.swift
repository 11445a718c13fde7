import CHiredis
import Testing

@Suite struct ModuleMapTests {
    @Test func hiredisIsThereAndReadsAReply() throws {
        let reader = try #require(redisReaderCreate())
        defer { redisReaderFree(reader) }
        let text = "+PONG\r\n"
        #expect(redisReaderFeed(reader, text, text.utf8.count) == REDIS_OK)
        var reply: UnsafeMutableRawPointer?
        #expect(redisReaderGetReply(reader, &reply) == REDIS_OK)
        let value = try #require(reply?.assumingMemoryBound(to: redisReply.self))
        defer { freeReplyObject(value) }
        #expect(value.pointee.type == REDIS_REPLY_STATUS)
        #expect(String(cString: value.pointee.str) == "PONG")
    }
}
