import NIOCore

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

extension SamplePicture {
    /// A HEIC of 64 by 64 pixels, a gradient of ours: the one format that is read and not written, so it can't be made here.
    static let heic: ByteBuffer = {
        let text = """
            AAAAHGZ0eXBoZWljAAAAAG1pZjFoZWljbWlhZgAAAUJtZXRhAAAAAAAAACFoZGxyAAAAAAAAAABwaWN0AAAAAAAAAAAAAAAA
            AAAAAA5waXRtAAAAAAABAAAAImlsb2MAAAAAREAAAQABAAAAAAFmAAEAAAAAAAAAQQAAACNpaW5mAAAAAAABAAAAFWluZmUC
            AAAAAAEAAGh2YzEAAAAAwmlwcnAAAACkaXBjbwAAAHhodmNDAQNwAAAAAAAAAAAAHvAA/P34+AAADwMgAAEAGEABDAH//wNw
            AAADAJAAAAMAAAMAHroCQCEAAQArQgEBA3AAAAMAkAAAAwAAAwAeoCCBBZbqSSmubgQEDAgAAAMACAAAAwAIQCIAAQAHRAHB
            crAiQAAAABRpc3BlAAAAAAAAAEAAAABAAAAAEHBpeGkAAAAAAwgICAAAABZpcG1hAAAAAAAAAAEAAQOBAoMAAABJbWRhdAAA
            AD0oAa8ZgPd+OujRBgNXyNQLjKB2eU8dEkHbnt0Tvg0s4CcxGg3p+Hi7csezcPXPh9YT4flgMrhkghp8rw06
            """
        return ByteBuffer(bytes: Data(base64Encoded: text.filter { $0 != "\n" }) ?? Data())
    }()
}
