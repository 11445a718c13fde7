/// Yardsticks that could not be had, and why: said aloud, since a table without them looks as if nobody had been left out.
final class Absences {
    private(set) var reasons: [String: String] = [:]

    func note(_ name: String, _ error: any Error) { reasons[name] = "\(error)" }

    /// What is made, or nil and a note where that isn't possible.
    func unless<Value>(_ name: String, _ make: () throws -> Value) -> Value? {
        do { return try make() } catch {
            note(name, error)
            return nil
        }
    }
}
