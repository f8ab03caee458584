import NIOConcurrencyHelpers

/// A clock that moves only when told, in seconds since 1970.
final class ManualClock: Sendable {
    private let seconds: NIOLockedValueBox<Int64>

    init(_ seconds: Int64) { self.seconds = NIOLockedValueBox(seconds) }

    @Sendable func read() -> Int64 { seconds.withLockedValue { $0 } }

    func set(_ value: Int64) { seconds.withLockedValue { $0 = value } }

    func advance(_ by: Int64) { seconds.withLockedValue { $0 += by } }
}
