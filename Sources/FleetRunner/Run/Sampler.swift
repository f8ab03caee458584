/// Takes a sample each second of driving and draining: for the live view, and for what only a sample can tell.
actor Sampler {
    private let ledger: Ledger
    private let schedule: Schedule
    private let counters: DeviceCounters
    private let live: LiveBooks
    private let start: Int64
    private(set) var rows: [TimelineRow] = []

    private var lastTotals = LedgerTotals()
    private var lastCounts = DeviceCounters.Counts()
    private var lastCPU = ProcessUsage.now().cpuSeconds

    init(ledger: Ledger, schedule: Schedule, counters: DeviceCounters, start: Int64, live: LiveBooks) {
        self.ledger = ledger
        self.schedule = schedule
        self.counters = counters
        self.start = start
        self.live = live
        lastCounts = counters.total
    }

    /// Samples until the task is cancelled.
    func run() async {
        live.leaveSeconds(toSampler: true)
        defer { live.leaveSeconds(toSampler: false) }
        var second: Int64 = 0
        while !Task.isCancelled {
            do { try await RunClock.sleep(until: start + (second + 1) * 1_000_000) } catch { return }
            take(second: Int(second))
            second += 1
        }
    }

    /// Samples the rest of the second in which draining ended; only the timeline is told of it.
    func finish() {
        var row = TimelineRow(second: rows.count)
        sampleMachine(&row)
        rows.append(row)
    }

    private func take(second: Int) {
        var row = TimelineRow(second: second)
        let totals = ledger.totals
        let recent = ledger.takeRecent()
        let all = recent.reduce(into: RecentLatencies(), +=)
        row.sent = totals.sent - lastTotals.sent
        row.accepted = totals.accepted - lastTotals.accepted
        row.rejected = totals.rejected - lastTotals.rejected
        row.delivered = totals.seen - lastTotals.seen
        row.acknowledged = totals.acknowledged - lastTotals.acknowledged
        row.inFlight = totals.inFlight
        row.take(delivery: RecentPercentiles(of: all.delivery), sync: RecentPercentiles(of: all.sync))
        sampleMachine(&row)
        lastTotals = totals
        rows.append(row)
        live.observe(.second(row, elapsed: .seconds(second + 1), planned: .microseconds(schedule.duration)))
        live.tell(second: recent)
    }

    /// What only a sample can tell.
    private func sampleMachine(_ row: inout TimelineRow) {
        let counts = counters.total
        let usage = ProcessUsage.now()
        row.connected = counts.connected
        row.reconnects = counts.reconnects - lastCounts.reconnects
        row.cpuSeconds = usage.cpuSeconds - lastCPU
        row.residentBytes = ProcessUsage.residentBytes()
        lastCounts = counts
        lastCPU = usage.cpuSeconds
    }
}
