public import FleetRunner
import IoTHub
public import LiveServer
import NIOConcurrencyHelpers

/// Shows a run on the live page: each snapshot while it goes on, and how it has ended.
public final class RunPageFeed: Sendable {
    private let feed: LiveFeed
    private let latest = NIOLockedValueBox<LiveOverview?>(nil)

    /// Makes what shows a run in a feed.
    public init(_ feed: LiveFeed) { self.feed = feed }

    /// Takes what a run tells.
    public func observe(_ progress: RunProgress) {
        guard case .snapshot(let snapshot) = progress else { return }
        let overview = LiveOverview(snapshot)
        latest.withLockedValue { $0 = overview }
        feed.publish(overview)
    }

    /// Shows how the run has ended.
    /// - Parameters:
    ///   - result: the run.
    ///   - folder: where its files are; nil when there are none.
    public func finish(_ result: RunResult, folder: String?) {
        var overview =
            latest.withLockedValue { $0 }
            ?? LiveOverview(
                source: .run,
                title: result.fleetName,
                hubHostName: result.hubHostName,
                startedEpochMicroseconds: result.startedEpochMicroseconds
            )
        overview.rates = overview.rates.map { .init($0.name, perSecond: 0, total: $0.total) }
        overview.errors = result.errors.pageRows
        overview.cpuShare = nil
        overview.outcome = LiveOverview.Outcome(result, folder: folder)
        feed.publish(overview)
    }
}

extension LiveOverview {
    /// What the page shows of a snapshot.
    init(_ snapshot: RunSnapshot) {
        self.init(
            source: .run,
            title: snapshot.fleetName,
            hubHostName: snapshot.hubHostName,
            startedEpochMicroseconds: snapshot.startedEpochMicroseconds,
            elapsedSeconds: snapshot.elapsed.seconds
        )
        phase = Phase(
            snapshot.phase.rawValue,
            seconds: snapshot.phaseElapsed.seconds,
            plannedSeconds: snapshot.phasePlanned?.seconds
        )
        devices = [
            Count("declared", snapshot.devices.declared), Count("connected", snapshot.devices.connected),
            Count("ready", snapshot.devices.ready), Count("failed", snapshot.devices.failed),
        ]
        let (totals, perSecond) = (snapshot.totals, snapshot.perSecond)
        func rate(_ name: String, _ count: KeyPath<RunSnapshot.Changes, Int>) -> Rate {
            Rate(name, perSecond: perSecond[keyPath: count], total: totals[keyPath: count])
        }
        rates = [rate("asked", \.intended), rate("delivered", \.delivered), rate("acknowledged", \.acknowledged)]
        latencies = snapshot.transports.flatMap { view in
            [
                Latency(view.transport, "sync", view.sync), Latency(view.transport, "delivery", view.delivery),
                Latency(view.transport, "echo", view.echo),
            ]
        }
        connections = snapshot.transports.map {
            Connections($0.transport.rawValue, connected: $0.connected, expected: $0.devices)
        }
        inFlight = totals.inFlight
        counters = [
            Count("sent", totals.sent), Count("accepted", totals.accepted), Count("rejected", totals.rejected),
            Count("superseded", totals.superseded), Count("overdue", totals.overdue),
            Count("duplicated", totals.duplicated), Count("out of order", totals.outOfOrder),
            Count("by other writers", totals.foreign), Count("reconnects", snapshot.reconnects),
        ]
        errors = snapshot.errors.pageRows
        cpuShare = snapshot.generator.cpuShare
        residentBytes = snapshot.generator.residentBytes
    }
}

extension LiveOverview.Latency {
    fileprivate init(_ transport: TransportType, _ measure: String, _ percentiles: RecentPercentiles) {
        self.init(transport.rawValue, measure: measure, count: percentiles.count)
        p50 = percentiles.p50
        p90 = percentiles.p90
        p99 = percentiles.p99
        maximum = percentiles.maximum
    }
}

extension LiveOverview.Outcome {
    fileprivate init(_ result: RunResult, folder: String?) {
        let books = result.accounting
        self.init(
            verdict: result.verdict.rawValue,
            reasons: result.story,
            accounting: [
                .init("intended", books.intended), .init("sent", books.sent), .init("unsent", books.unsent),
                .init("delivered", books.delivered), .init("caught_up", books.caughtUp),
                .init("superseded", books.superseded), .init("rejected", books.rejected), .init("lost", books.lost),
                .init("acknowledged", books.acknowledged), .init("unacknowledged", books.unacknowledged),
                .init("foreign_changes", books.foreignChanges),
            ],
            folder: folder
        )
        isInterrupted = result.wasInterrupted
    }
}

extension [ErrorGroup] {
    /// The twenty most frequent, so that the page stays small whatever happens.
    fileprivate var pageRows: [LiveOverview.Count] {
        prefix(20).map { .init("\($0.phase.rawValue): \($0.reason.prefix(300))", $0.count) }
    }
}

extension Duration {
    fileprivate var seconds: Double { Double(components.seconds) + Double(components.attoseconds) / 1e18 }
}
