import IoTHub

/// Counts and latencies of the groups, moved on second by second.
struct LiveTally {
    private struct Window {
        /// The latencies of the last seconds, oldest first.
        var seconds: [RecentLatencies] = []

        mutating func add(_ second: RecentLatencies) {
            var second = second
            second.delivery.sort()
            second.echo.sort()
            second.sync.sort()
            seconds.append(second)
            if seconds.count > LiveTally.windowSeconds { seconds.removeFirst() }
        }

        func percentiles(_ samples: KeyPath<RecentLatencies, [Int64]>) -> RecentPercentiles {
            RecentPercentiles(of: seconds.flatMap { $0[keyPath: samples] })
        }
    }

    /// Over how many seconds the percentiles go.
    private static let windowSeconds = 10
    /// After how many microseconds a change that its device has not seen is overdue.
    static let patience: Int64 = 10_000_000

    private var groups: [RunSnapshot.Group] = []
    private var windows: [TransportType: Window] = [:]
    /// How far in the schedule everything is due.
    private var due = 0
    private var lastTotals = RunSnapshot.Changes()

    init() {}

    init(groups: DeviceGroups) {
        self.groups = zip(groups.keys, groups.sizes).map { key, size in
            RunSnapshot.Group(transport: key.transport, connectivity: key.connectivity, devices: size)
        }
        for key in groups.keys { windows[key.transport] = Window() }
    }

    /// Moves on.
    /// - Parameters:
    ///   - recent: the latencies of a second of driving, by group; nil outside of driving.
    ///   - sources: where the counts come from.
    ///   - now: this instant.
    ///   - snapshot: what is to be brought up to date.
    mutating func take(
        _ recent: [RecentLatencies]?,
        _ sources: LiveBooks.Sources,
        at now: Int64,
        into snapshot: inout RunSnapshot
    ) {
        count(sources, at: now)
        if let recent { record(recent) }
        snapshot.groups = groups
        snapshot.devices = RunSnapshot.Devices()
        snapshot.totals = RunSnapshot.Changes()
        snapshot.reconnects = 0
        for group in groups {
            snapshot.devices.declared += group.devices
            snapshot.devices.connected += group.connected
            snapshot.devices.ready += group.ready
            snapshot.reconnects += group.reconnects
            snapshot.totals += group.totals
        }
        snapshot.devices.failed = sources.counters.total.failed
        if recent != nil {
            snapshot.perSecond = snapshot.totals - lastTotals
            lastTotals = snapshot.totals
        } else if snapshot.phase != .drive {
            // At the end of driving there is a snapshot between two seconds: the last second's is what is known then.
            snapshot.perSecond = RunSnapshot.Changes()
        }
        snapshot.transports = TransportType.allCases.compactMap(view)
    }

    private mutating func count(_ sources: LiveBooks.Sources, at now: Int64) {
        let totals = sources.ledger.totalsByGroup
        let overdue = sources.ledger.overdue(sentBefore: now - Self.patience)
        let counts = sources.counters.byGroup
        for index in groups.indices {
            let intended = groups[index].totals.intended
            groups[index].totals = RunSnapshot.Changes(totals[index])
            groups[index].totals.intended = intended
            groups[index].totals.overdue = overdue[index]
            groups[index].connected = counts[index].connected
            groups[index].ready = counts[index].ready
            groups[index].reconnects = counts[index].reconnects
        }
        guard let elapsed = sources.ledger.elapsed(at: now) else { return }
        let changes = sources.schedule.changes
        while due < changes.count, changes[due].intended <= elapsed {
            groups[sources.groups.groupOfDevice[Int(changes[due].device)]].totals.intended += 1
            due += 1
        }
    }

    private mutating func record(_ recent: [RecentLatencies]) {
        var seconds: [TransportType: RecentLatencies] = [:]
        for (index, latencies) in recent.enumerated() {
            for sample in latencies.delivery { groups[index].delivery.record(microseconds: sample) }
            for sample in latencies.echo { groups[index].echo.record(microseconds: sample) }
            for sample in latencies.sync { groups[index].sync.record(microseconds: sample) }
            seconds[groups[index].transport, default: RecentLatencies()] += latencies
        }
        for transport in Array(windows.keys) {
            windows[transport]?.add(seconds[transport] ?? RecentLatencies())
        }
    }

    private func view(_ transport: TransportType) -> RunSnapshot.TransportView? {
        guard let window = windows[transport] else { return nil }
        var view = RunSnapshot.TransportView(transport: transport, devices: 0, connected: 0)
        for group in groups where group.transport == transport {
            view.devices += group.devices
            view.connected += group.connected
        }
        view.delivery = window.percentiles(\.delivery)
        view.echo = window.percentiles(\.echo)
        view.sync = window.percentiles(\.sync)
        return view
    }
}
