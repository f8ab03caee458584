/// What a peer says when it opens a connection.
///
/// Source: OASIS AMQP 1.0 part 2, "Open".
public struct AMQPOpen: Hashable, Sendable {
    /// The peer's name for itself.
    public var containerID: String
    /// The host that it wants to talk to; how a hub at an address with several names knows which one is meant.
    public var hostname: String?
    /// The largest frame that it takes, in bytes; 512 at least.
    public var maxFrameSize: UInt32
    /// The highest channel that it takes.
    public var channelMax: UInt16
    /// How long it waits for bytes before it gives up, in milliseconds; nil when it waits for ever.
    public var idleTimeout: UInt32?
    /// Its properties; symbol keys.
    public var properties: AMQPMap
}

extension AMQPOpen {
    /// Less would be a way to keep a hub busy with empty frames.
    static let shortestIdleTimeout: UInt32 = 100

    init(from reader: inout AMQPReader) throws(AMQPError) {
        var fields = try FieldReader(&reader, of: "open")
        containerID = try fields.required(try fields.text("container-id"), "container-id")
        hostname = try fields.text("hostname")
        maxFrameSize = try fields.uint("max-frame-size") ?? .max
        channelMax = try fields.ushort("channel-max") ?? .max
        idleTimeout = try fields.uint("idle-time-out").flatMap { $0 == 0 ? nil : $0 }
        for _ in 0..<4 { try fields.skip() }
        properties = try fields.map("properties") ?? [:]
        try fields.finish(&reader)
        guard maxFrameSize >= 512 else {
            throw AMQPError(.invalidField, "max-frame-size is \(maxFrameSize), 512 is the least")
        }
        if let idleTimeout, idleTimeout < Self.shortestIdleTimeout {
            throw AMQPError(
                .notAllowed,
                "idle-time-out is \(idleTimeout) ms, \(Self.shortestIdleTimeout) ms is the least"
            )
        }
    }
}
