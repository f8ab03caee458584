import Glibc

/// The one clock that all instants of a change are read from, and the wall clock that devices report.
enum RunClock {
    /// Microseconds on the monotonic clock; never 0, so that 0 can stand for "not yet".
    static func now() -> Int64 { max(1, read(CLOCK_MONOTONIC)) }

    /// Microseconds since 1970 UTC on the wall clock.
    static func epochNow() -> Int64 { read(CLOCK_REALTIME) }

    private static func read(_ clock: clockid_t) -> Int64 {
        var time = timespec()
        clock_gettime(clock, &time)
        return Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1000
    }

    /// Sleeps until an instant of ``now()``; returns at once when it has passed.
    /// - Throws: `CancellationError` when the task is cancelled.
    static func sleep(until instant: Int64) async throws {
        let wait = instant - now()
        guard wait > 0 else {
            try Task.checkCancellation()
            return
        }
        try await Task.sleep(for: .microseconds(wait), tolerance: .zero)
    }
}

extension Duration {
    /// Whole microseconds, held at the greatest number that fits.
    var microseconds: Int64 {
        let (seconds, attoseconds) = components
        let (product, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000)
        guard !overflow else { return seconds < 0 ? .min : .max }
        let (sum, tooLarge) = product.addingReportingOverflow(attoseconds / 1_000_000_000_000)
        return tooLarge ? (seconds < 0 ? .min : .max) : sum
    }

    /// The duration in seconds.
    var inSeconds: Double { Double(microseconds) / 1_000_000 }
}
