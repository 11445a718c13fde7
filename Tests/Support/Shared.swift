import Synchronization

/// A value that several tasks of a test may change.
package final class Shared<Value: Sendable>: Sendable {
    private let state: Mutex<Value>

    package init(_ value: Value) { state = Mutex(value) }

    package var value: Value { state.withLock { $0 } }

    package func change(_ body: (inout Value) -> Void) { state.withLock { body(&$0) } }
}
