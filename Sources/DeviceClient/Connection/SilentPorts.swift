/// TCP ports of hubs that lately let devices wait in vain, as a value.
///
/// A firewall that drops TCP costs each device of its own the whole time for one connect. What one device of a lane has
/// found out spares the others that: they try the WebSocket first. After a while one of them tries TCP first again.
struct SilentPorts: Sendable {
    struct Port: Hashable, Sendable {
        var host: String
        var port: Int
    }

    /// How long a port is not tried first.
    static let memory: Duration = .seconds(60)

    private var ends: [Port: ContinuousClock.Instant] = [:]

    /// A device has waited in vain, and got to the hub by another way.
    mutating func note(_ port: Port, at now: ContinuousClock.Instant) { ends[port] = now + Self.memory }

    /// A device has got through.
    mutating func forget(_ port: Port) { ends[port] = nil }

    /// Whether to try another way first.
    ///
    /// The first that asks after the memory has ended is told no, and the others wait for what it finds out.
    mutating func avoids(_ port: Port, at now: ContinuousClock.Instant) -> Bool {
        guard let end = ends[port] else { return false }
        if now < end { return true }
        ends[port] = now + Self.memory
        return false
    }
}
