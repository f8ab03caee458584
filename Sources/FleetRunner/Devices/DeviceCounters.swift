import NIOConcurrencyHelpers

/// Counts what connections do over the whole fleet.
final class DeviceCounters: Sendable {
    struct Counts: Sendable, Hashable {
        /// Devices connected now.
        var connected = 0
        /// Connections that came back after a loss.
        var reconnects = 0
    }

    private let counts = NIOLockedValueBox(Counts())

    var now: Counts { counts.withLockedValue { $0 } }

    func change(_ body: (inout Counts) -> Void) { counts.withLockedValue { body(&$0) } }
}
