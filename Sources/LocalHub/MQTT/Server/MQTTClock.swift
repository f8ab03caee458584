import IoTHub
import NIOCore

/// The clocks that the MQTT server reads; tests bring their own.
struct MQTTClock: Sendable {
    /// For keep-alive and the like.
    var now: @Sendable () -> NIODeadline
    /// Wall clock, in seconds since 1970-01-01T00:00:00Z, for the expiry of tokens.
    var secondsSinceEpoch: @Sendable () -> Int64

    static let system = MQTTClock(
        now: { NIODeadline.now() },
        secondsSinceEpoch: { HubTimestamp.now().secondsSinceEpoch }
    )
}
