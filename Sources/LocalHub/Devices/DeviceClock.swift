import IoTHub
import NIOCore

/// The clocks that the front ends for devices read; tests bring their own.
struct DeviceClock: Sendable {
    /// For keep-alive and the like.
    var now: @Sendable () -> NIODeadline
    /// Wall clock, in seconds since 1970-01-01T00:00:00Z, for the expiry of tokens.
    var secondsSinceEpoch: @Sendable () -> Int64

    static let system = DeviceClock(
        now: { NIODeadline.now() },
        secondsSinceEpoch: { HubTimestamp.now().secondsSinceEpoch }
    )
}
