import Fleet
import IoTHub

/// The closed books of a run, and what is computed from them.
struct RunBooks: Sendable {
    private let fleet: Fleet
    private let schedule: Schedule
    /// Every change that was sent, in the schedule's order.
    private var entries: [(device: Int, entry: ChangeEntry)]
    /// The starts of driving, of draining, and the end of draining, on the clock of the entries.
    private let start: Int64
    private let driven: Int64
    private let drained: Int64
    /// What to add to an instant to get microseconds since 1970 UTC.
    private let epochOffset: Int64
    private let intended: Int
    private let unsent: Int

    init(
        fleet: Fleet,
        schedule: Schedule,
        entries: [(device: Int, entry: ChangeEntry)],
        start: Int64,
        driven: Int64,
        drained: Int64,
        epochOffset: Int64,
        intended: Int,
        unsent: Int
    ) {
        self.fleet = fleet
        self.schedule = schedule
        self.entries = entries
        self.start = start
        self.driven = driven
        self.drained = drained
        self.epochOffset = epochOffset
        self.intended = intended
        self.unsent = unsent
    }

    private func intended(_ entry: ChangeEntry) -> Int64 { start + schedule.changes[Int(entry.planned)].intended }

    /// Devices whose last change was echoed and acknowledged, with the properties they were told of.
    var subjects: [Verifier.Subject] {
        var keys: [Int: Set<String>] = [:]
        var isEchoed: [Int: Bool] = [:]
        for (device, entry) in entries where entry.state != .rejected {
            let desired = schedule.desired(of: schedule.changes[Int(entry.planned)], in: fleet)
            keys[device, default: []].formUnion(desired.keys)
            isEchoed[device] = entry.acknowledged > 0
        }
        return keys.keys.sorted().filter { isEchoed[$0] == true }.map {
            Verifier.Subject(device: $0, keys: keys[$0, default: []])
        }
    }

    /// Adds the hub's `$lastUpdated` of devices' last versions, where the answers did not have it.
    mutating func learn(_ lastUpdated: [Int: (version: Int64, epoch: Int64)]) {
        for place in entries.indices where entries[place].entry.lastUpdatedEpoch == 0 {
            guard let known = lastUpdated[entries[place].device], known.version == entries[place].entry.version else {
                continue
            }
            entries[place].entry.lastUpdatedEpoch = known.epoch
        }
    }

    /// The load that was asked for and what the hub took of it.
    ///
    /// An interruption cuts what was asked. Answers that come within a second of the planned end belong to the load:
    /// they tell of latency, not of a rate that was missed.
    func load(lag: LatencyHistogram) -> LoadSummary {
        var load = LoadSummary()
        let planned = schedule.duration
        let wasCut = driven - start < planned
        let asked = wasCut ? max(1, driven - start) : planned
        let answered = entries.lazy.map(\.entry).filter { $0.accepted > 0 }
        let last = answered.map(\.accepted).max() ?? driven
        let actual = last - start <= asked + 1_000_000 ? asked : last - start
        load.plannedChanges = schedule.changes.count
        load.plannedDuration = .microseconds(planned)
        load.actualDuration = .microseconds(actual)
        load.askedPerSecond = wasCut ? perSecond(intended, asked) : schedule.askedPerSecond
        load.acceptedPerSecond = perSecond(answered.count, actual)
        load.scheduleLagP99Microseconds = lag.percentile(99)
        load.scheduleLagMaximumMicroseconds = lag.maximumMicroseconds
        var delay = LatencyHistogram()
        for (_, entry) in entries { delay.record(microseconds: entry.sent - intended(entry)) }
        load.sendDelayP99Microseconds = delay.percentile(99)
        load.sendDelayMaximumMicroseconds = delay.maximumMicroseconds
        return load
    }

    private func perSecond(_ count: Int, _ microseconds: Int64) -> Double {
        microseconds > 0 ? Double(count) / (Double(microseconds) / 1_000_000) : 0
    }

    /// Where every change ended.
    func accounting(totals: LedgerTotals, reconnects: Int) -> Accounting {
        var books = Accounting()
        books.intended = intended
        books.sent = entries.count
        books.unsent = unsent
        for (_, entry) in entries {
            switch entry.state {
            case .delivered: books.delivered += 1
            case .caughtUp: books.caughtUp += 1
            case .superseded: books.superseded += 1
            case .rejected: books.rejected += 1
            case .lost, nil: books.lost += 1
            }
            if entry.state == .delivered || entry.state == .caughtUp {
                if entry.acknowledged > 0 { books.acknowledged += 1 } else { books.unacknowledged += 1 }
            }
        }
        books.duplicated = totals.duplicated
        books.outOfOrder = totals.outOfOrder
        books.foreignChanges = totals.foreign
        books.reconnects = reconnects
        return books
    }

    /// One row per second.
    func timeline(samples: [TimelineRow]) -> [TimelineRow] {
        var builder = TimelineBuilder(start: start, end: max(drained, driven))
        for change in schedule.changes.prefix(intended) { builder.add(intended: start + change.intended) }
        for (_, entry) in entries { builder.add(entry, intended: intended(entry)) }
        return builder.rows(with: samples)
    }

    /// The latencies, and what is known of the clocks behind one of them.
    func latencies(
        transports: [TransportUse.Device],
        isOnThisMachine: Bool
    ) -> (tables: [LatencyTable], clocks: ClockEstimate) {
        var books = LatencyBooks(fleet: fleet, transports: transports)
        var clocks = ClockEstimator()
        var stamped = 0
        for (device, entry) in entries {
            books.add(entry, device: device, intended: intended(entry))
            guard entry.lastUpdatedEpoch > 0 else { continue }
            if entry.delivered > 0 { stamped += 1 }
            if entry.accepted > 0 {
                clocks.add(
                    lastUpdated: entry.lastUpdatedEpoch,
                    sent: entry.sent + epochOffset,
                    accepted: entry.accepted + epochOffset
                )
            }
        }
        let estimate = clocks.estimate(isOnThisMachine: isOnThisMachine, hubToDeviceSamples: stamped)
        return (books.tables, estimate)
    }

    /// The rows of `changes.csv`.
    var log: ChangeLog {
        let books = self
        return ChangeLog(count: entries.count) { books.record($0) }
    }

    private func record(_ place: Int) -> ChangeRecord {
        let (device, entry) = entries[place]
        let change = schedule.changes[Int(entry.planned)]
        func offset(_ instant: Int64) -> Int64? { instant > 0 ? instant - start : nil }
        func known(_ value: Int64) -> Int64? { value > 0 ? value : nil }
        return ChangeRecord(
            deviceID: fleet.devices[device].id,
            workloadItem: Int(change.item),
            version: known(entry.version),
            intendedMicroseconds: change.intended,
            sentMicroseconds: offset(entry.sent),
            acceptedMicroseconds: offset(entry.accepted),
            deliveredMicroseconds: offset(entry.delivered),
            echoedMicroseconds: offset(entry.echoed),
            acknowledgedMicroseconds: offset(entry.acknowledged),
            lastUpdatedEpochMicroseconds: known(entry.lastUpdatedEpoch),
            receivedEpochMicroseconds: known(entry.receivedEpoch),
            state: entry.state ?? .lost,
            duplicates: Int(entry.duplicates),
            outOfOrder: entry.isOutOfOrder
        )
    }
}
