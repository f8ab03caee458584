import IoTHub
import NIOCore

/// An instant on the two clocks that a connection goes by.
struct AMQPTime {
    /// For time-outs.
    var monotonic: NIODeadline
    /// For tokens, and in errors.
    var wall: HubTimestamp

    /// What Proton counts in.
    var milliseconds: Int64 { Int64(monotonic.uptimeNanoseconds / 1_000_000) + 1 }
}
