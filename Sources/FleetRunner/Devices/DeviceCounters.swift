import Synchronization

/// Counts what connections do over the whole fleet.
final class DeviceCounters: Sendable {
    struct Counts: Sendable, Hashable {
        /// Devices connected now.
        var connected = 0
        /// Connections that came back after a loss.
        var reconnects = 0
    }

    private let counts = Mutex(Counts())

    var now: Counts { counts.withLock { $0 } }

    func change(_ body: (inout Counts) -> Void) { counts.withLock { body(&$0) } }
}
