/// Why the hub closes a connection, for a protocol beneath that can tell the client; sent as an event ahead of the close.
enum DeviceFarewell: Sendable {
    /// The protocol of the device has said all there is to say.
    case done
    /// The hub stops, or cuts its connections.
    case hubStopping
}
