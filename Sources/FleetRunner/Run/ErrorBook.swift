import NIOConcurrencyHelpers

/// Counts failures by phase and reason, with the first devices that each happened to.
final class ErrorBook: Sendable {
    private struct Key: Hashable {
        var phase: RunPhase
        var reason: String
    }

    private let groups = NIOLockedValueBox<[Key: ErrorGroup]>([:])

    /// Reasons kept apart; beyond that, failures are counted as "other".
    private static let mostReasons = 100
    private static let mostDevices = 5

    /// Counts one failure.
    func add(_ reason: String, phase: RunPhase, deviceID: String? = nil) {
        groups.withLockedValue { groups in
            var key = Key(phase: phase, reason: reason)
            if groups[key] == nil, groups.count >= Self.mostReasons { key.reason = "other" }
            var group =
                groups[key] ?? ErrorGroup(phase: phase, reason: key.reason, count: 0, firstDevices: [])
            group.count += 1
            if let deviceID, group.firstDevices.count < Self.mostDevices, !group.firstDevices.contains(deviceID) {
                group.firstDevices.append(deviceID)
            }
            groups[key] = group
        }
    }

    /// All groups, most frequent first.
    var all: [ErrorGroup] {
        groups.withLockedValue { Array($0.values) }.sorted { ($1.count, $0.reason) < ($0.count, $1.reason) }
    }
}
