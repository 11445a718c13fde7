import AnysizeCore
import Vips

extension RenderPool {
    /// Runs a job that stops, as far as its codec lets it, when the task is cancelled or the deadline passes.
    func run<Value: Sendable>(
        until deadline: ContinuousClock.Instant, _ job: @escaping @Sendable (Watch) throws(RenderError) -> Value
    ) async throws(RenderError) -> Value {
        let watch = Watch(deadline: deadline)
        let result: Result<Value, RenderError> = await withTaskCancellationHandler {
            do throws(RenderError) {
                return .success(
                    try await run { () throws(RenderError) in
                        // Nobody waits any more, or it is too late: not even started.
                        try RenderError.check(watch)
                        return try job(watch)
                    }
                )
            } catch { return .failure(error) }
        } onCancel: {
            watch.cancel()
        }
        return try result.get()
    }
}
