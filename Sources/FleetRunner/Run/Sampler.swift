/// Takes a sample each second of driving and draining: for the live view, and for what only a sample can tell.
actor Sampler {
    private let ledger: Ledger
    private let schedule: Schedule
    private let counters: DeviceCounters
    private let observer: RunObserver
    private let start: Int64
    private(set) var rows: [TimelineRow] = []

    private var lastTotals = LedgerTotals()
    private var lastCounts = DeviceCounters.Counts()
    private var lastCPU = ProcessUsage.now().cpuSeconds

    init(ledger: Ledger, schedule: Schedule, counters: DeviceCounters, start: Int64, observer: @escaping RunObserver) {
        self.ledger = ledger
        self.schedule = schedule
        self.counters = counters
        self.start = start
        self.observer = observer
        lastCounts = counters.now
    }

    /// Samples until the task is cancelled.
    func run() async {
        var second: Int64 = 0
        while !Task.isCancelled {
            do { try await RunClock.sleep(until: start + (second + 1) * 1_000_000) } catch { return }
            take(second: Int(second))
            second += 1
        }
    }

    private func take(second: Int) {
        var row = TimelineRow(second: second)
        let totals = ledger.totals
        let counts = counters.now
        let recent = ledger.takeRecent()
        let usage = ProcessUsage.now()
        row.sent = totals.sent - lastTotals.sent
        row.accepted = totals.accepted - lastTotals.accepted
        row.rejected = totals.rejected - lastTotals.rejected
        row.delivered = totals.seen - lastTotals.seen
        row.acknowledged = totals.acknowledged - lastTotals.acknowledged
        row.inFlight = totals.inFlight
        row.connected = counts.connected
        row.reconnects = counts.reconnects - lastCounts.reconnects
        (row.deliveryP50Microseconds, row.deliveryP99Microseconds) = TimelineBuilder.percentiles(recent.delivery)
        (row.syncP50Microseconds, row.syncP99Microseconds) = TimelineBuilder.percentiles(recent.sync)
        row.cpuSeconds = usage.cpuSeconds - lastCPU
        row.residentBytes = ProcessUsage.residentBytes()
        lastTotals = totals
        lastCounts = counts
        lastCPU = usage.cpuSeconds
        rows.append(row)
        observer(
            .second(row, elapsed: .seconds(second + 1), planned: .microseconds(schedule.duration))
        )
    }
}
