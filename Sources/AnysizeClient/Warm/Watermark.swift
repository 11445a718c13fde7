/// How far a run has come whose pieces end in any order: everything before this place is done.
///
/// Holds the pieces that are done out of turn, no more than are under way.
package struct Watermark<Place: Sendable>: Sendable {
    /// The last place before which all is done; nil where not even the first is.
    package private(set) var place: Place?
    private var beginCount = 0
    private var doneCount = 0
    private var waiting: [Int: Place] = [:]

    package init() {}

    /// Begins the next piece, and returns its number.
    package mutating func begin() -> Int {
        defer { beginCount += 1 }
        return beginCount
    }

    package mutating func end(_ number: Int, at place: Place) {
        waiting[number] = place
        while let next = waiting.removeValue(forKey: doneCount) {
            self.place = next
            doneCount += 1
        }
    }
}
