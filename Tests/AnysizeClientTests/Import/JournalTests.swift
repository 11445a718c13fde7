import AnysizeClient
import AnysizeCore
import Foundation
import NIOCore
import Testing

@Suite struct JournalTests {
    private let scratch: Scratch
    private let file: String
    private let head: Journal.Head

    init() throws {
        scratch = try Scratch()
        file = scratch.path + "/journal"
        head = Journal.Head(service: try #require(ServiceURL("http://127.0.0.1:8080")), ids: .content)
    }

    private func path(_ text: String) -> TreePath { TreePath(bytes: Array(text.utf8)) }

    private func line(_ name: String, _ byteCount: Int = 10, modified: Int64 = 5, ids: Bool = false) -> JournalLine {
        let digest = Digest(of: ByteBuffer(string: "\(name) \(byteCount)"))
        let id = ids ? OriginalID("chosen") : nil
        return JournalLine(
            path: path(name), stamp: FileStamp(byteCount: byteCount, modified: modified),
            outcome: .stored(digest, id ?? OriginalID(contentOf: digest)))
    }

    @Test func `what was written is found by the next run, as long as the file looks the same`() throws {
        let (first, second) = (line("a/b.jpg"), line("tab\there\n\u{1B}.jpg"))
        try {
            let journal = try Journal(file, head)
            try journal.append(first)
            try journal.append(second)
            #expect(journal.find(first.path, first.stamp) == first)
        }()
        let journal = try Journal(file, head)
        #expect(journal.fileCount == 2)
        #expect(journal.find(first.path, first.stamp) == first)
        #expect(journal.find(second.path, second.stamp) == second)
        #expect(journal.find(first.path, FileStamp(byteCount: 11, modified: 5)) == nil)
        #expect(journal.find(first.path, FileStamp(byteCount: 10, modified: 6)) == nil)
        #expect(journal.find(path("a/c.jpg"), first.stamp) == nil)
    }

    @Test func `the newest line about a path counts`() throws {
        try {
            let journal = try Journal(file, head)
            for byteCount in 1...3 { try journal.append(line("a", byteCount)) }
        }()
        let journal = try Journal(file, head)
        #expect(journal.find(path("a"), FileStamp(byteCount: 3, modified: 5)) != nil)
        #expect(journal.find(path("a"), FileStamp(byteCount: 1, modified: 5)) == nil)
        #expect(journal.fileCount == 1)
    }

    @Test func `refusals are remembered with their reason, whatever is in it`() throws {
        let refusal = ServiceRefusal(status: 422, kind: "undecodable", detail: "a\tb\nstored\t100 % \u{1B}")
        let line = JournalLine(path: path("x"), stamp: FileStamp(byteCount: 1, modified: 2), outcome: .refused(refusal))
        try Journal(file, head).append(line)
        #expect(try Journal(file, head).find(line.path, line.stamp) == line)
        #expect(try scratch.text("journal").split(separator: "\n").count == 2)
    }

    @Test func `a torn line is cut off at any byte, and the lines before it stay`() throws {
        try {
            let journal = try Journal(file, head)
            for name in ["a", "b"] { try journal.append(line(name)) }
        }()
        let whole = try Data(contentsOf: URL(filePath: file))
        let start = try #require(whole.dropLast().lastIndex(of: UInt8(ascii: "\n"))) + 1
        for end in start..<whole.count {
            try whole.prefix(end).write(to: URL(filePath: file))
            try {
                let journal = try Journal(file, head)
                #expect(journal.find(path("a"), line("a").stamp) == line("a"))
                #expect(journal.find(path("b"), line("b").stamp) == nil)
                try journal.append(line("c"))
            }()
            let journal = try Journal(file, head)
            #expect(journal.find(path("c"), line("c").stamp) == line("c"))
            #expect(journal.fileCount == 2)
        }
    }

    @Test func `even the first line may be torn`() throws {
        _ = try Journal(file, head)
        let whole = try Data(contentsOf: URL(filePath: file))
        for end in 0..<whole.count {
            try whole.prefix(end).write(to: URL(filePath: file))
            try Journal(file, head).append(line("a"))
            #expect(try Journal(file, head).find(path("a"), line("a").stamp) != nil)
        }
    }

    @Test(arguments: ["not a journal", "not a journal\nat all", "\u{0}\u{1}", "anysize-import 2\tx\ty\n"])
    func `a file that is something else is left as it is`(text: String) throws {
        try scratch.write("journal", Array(text.utf8))
        #expect(throws: JournalError.self) { try Journal(file, head) }
        #expect(try scratch.text("journal") == text)
    }

    @Test func `a journal is for one service and one rule of ids`() throws {
        _ = try Journal(file, head)
        var other = head
        other.ids = .path
        #expect(throws: JournalError.self) { try Journal(file, other) }
        other = head
        other.service = try #require(ServiceURL("http://127.0.0.1:8090"))
        #expect(throws: JournalError.self) { try Journal(file, other) }
    }

    @Test func `two imports don't share a journal`() throws {
        let journal = try Journal(file, head)
        #expect(throws: JournalError.inUse(path: file)) { try Journal(file, head) }
        try journal.flush()
    }

    @Test func `a chosen id belongs to one file of the tree, in the next run too`() throws {
        var head = head
        head.ids = .name
        let id = try #require(OriginalID("chosen"))
        try {
            let journal = try Journal(file, head)
            #expect(journal.claim(id, for: path("a/chosen")) && journal.claim(id, for: path("a/chosen")))
            #expect(!journal.claim(id, for: path("b/chosen")))
            try journal.append(line("a/chosen", ids: true))
        }()
        let journal = try Journal(file, head)
        #expect(!journal.claim(id, for: path("b/chosen")) && journal.claim(id, for: path("a/chosen")))
    }
}
