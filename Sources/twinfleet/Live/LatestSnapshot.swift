import FleetReport
import FleetRunner
import LiveServer
import NIOConcurrencyHelpers

/// The run as it was last told; the last snapshot stays.
final class LatestSnapshot: Sendable {
    private let snapshot = NIOLockedValueBox<RunSnapshot?>(nil)

    func observe(_ progress: RunProgress) {
        if case .snapshot(let new) = progress { snapshot.withLockedValue { $0 = new } }
    }

    /// Metrics of the run; none until the fleet is read and the hub found.
    var metrics: [MetricFamily] { snapshot.withLockedValue { $0 }.map { RunMetrics.families($0) } ?? [] }
}
