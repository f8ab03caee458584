/// What one end says of itself, and what it permits the other.
public struct AMQPConfiguration: Hashable, Sendable {
    /// This end's name.
    public var containerID: String
    /// The host to talk to; for clients.
    public var hostname: String?
    /// The largest frame that this end takes, in bytes; 512 at least.
    public var maxFrameSize: UInt32 = 65_536
    /// The highest channel that this end takes: one session less than there may be.
    ///
    /// 32,767 at most.
    public var channelMax: UInt16 = 1023
    /// How many links there may be on the connection.
    public var linkLimit = 8192
    /// What this end announces as its idle time-out, in milliseconds; it gives up after twice that.
    ///
    /// Nil for none.
    public var idleTimeout: UInt32?
    /// The connection's properties; symbol keys.
    public var properties: AMQPMap = [:]

    /// Makes a configuration.
    public init(containerID: String, hostname: String? = nil) {
        self.containerID = containerID
        self.hostname = hostname
    }
}

/// Which end of the connection this is.
public enum AMQPRole: Hashable, Sendable {
    /// The one that starts; with SASL when there is a credential, else without, as .NET does.
    case client(AMQPSASLCredential?)
    /// The one that waits; it takes connections without SASL, and offers these mechanisms to those with it.
    case server(mechanisms: [String])
}
