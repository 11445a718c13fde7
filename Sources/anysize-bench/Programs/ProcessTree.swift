import Foundation

/// What a process and its children have used, as the system keeps count of it.
struct ProcessTree {
    let root: Int32

    private static let ticksPerSecond = Double(sysconf(CInt(_SC_CLK_TCK)))

    /// Of those that run, and of children that the root has seen end.
    var processorSeconds: Double {
        let fields = members.map(\.fields)
        // User and system time are the fields 14 and 15 of proc(5), those of ended children 16 and 17; here they begin at the third.
        let own = fields.map { Double($0[11]) + Double($0[12]) }.reduce(0, +)
        let ended = members.first { $0.id == root }.map { Double($0.fields[13]) + Double($0.fields[14]) } ?? 0
        return (own + ended) / Self.ticksPerSecond
    }

    var processIDs: [Int32] { members.map(\.id) }

    /// Whether a process is still there whose parent is one of these.
    static func isChild(_ id: Int32, of parents: [Int32]) -> Bool {
        fields(of: id).map { parents.contains(Int32($0[1])) } ?? false
    }

    /// Resident, what several share counted once.
    var byteCount: Int { members.map { Self.proportionalByteCount($0.id) }.reduce(0, +) }

    private static func proportionalByteCount(_ id: Int32) -> Int {
        guard let text = try? String(contentsOfFile: "/proc/\(id)/smaps_rollup", encoding: .utf8) else { return 0 }
        let line = text.split(separator: "\n").first { $0.hasPrefix("Pss:") }
        return (line?.split(separator: " ").compactMap { Int($0) }.first ?? 0) * 1024
    }

    /// The root, its children, and theirs.
    private var members: [(id: Int32, fields: [Int])] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        let all = names.compactMap { Int32($0) }.compactMap { id in Self.fields(of: id).map { (id: id, fields: $0) } }
        var family: Set<Int32> = [root]
        for _ in 0..<2 { family.formUnion(all.filter { family.contains(Int32($0.fields[1])) }.map(\.id)) }
        return all.filter { family.contains($0.id) }
    }

    /// The numbers that follow the name; the state, which is a letter, counts as 0.
    private static func fields(of id: Int32) -> [Int]? {
        guard let text = try? String(contentsOfFile: "/proc/\(id)/stat", encoding: .utf8),
            let end = text.lastIndex(of: ")")
        else { return nil }
        let fields = text[text.index(after: end)...].split(separator: " ").map { Int($0) ?? 0 }
        return fields.count > 14 ? fields : nil
    }
}
