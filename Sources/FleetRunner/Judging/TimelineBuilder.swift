/// Makes the rows of the timeline: counts and latencies from the books, the rest from samples taken each second.
struct TimelineBuilder {
    private var rows: [TimelineRow] = []
    private var delivery: [[Int64]] = []
    private var sync: [[Int64]] = []
    private var settled: [Int] = []
    private let start: Int64

    /// - Parameters:
    ///   - start: the start of driving.
    ///   - end: the end of draining.
    init(start: Int64, end: Int64) {
        self.start = start
        let count = Int(clamping: max(0, (end - start + 999_999) / 1_000_000))
        rows = (0..<count).map { TimelineRow(second: $0) }
        delivery = Array(repeating: [], count: count)
        sync = delivery
        settled = Array(repeating: 0, count: count)
    }

    /// Counts a change that the schedule asked for.
    mutating func add(intended: Int64) { count(intended) { $0.intended += 1 } }

    /// Counts what became of a change.
    mutating func add(_ entry: ChangeEntry, intended: Int64) {
        count(entry.sent) { $0.sent += 1 }
        if entry.accepted > 0 { count(entry.accepted) { $0.accepted += 1 } }
        if entry.state == .rejected { count(entry.ended) { $0.rejected += 1 } }
        if entry.delivered > 0 {
            count(entry.delivered) { $0.delivered += 1 }
            if let second = second(of: entry.delivered) { delivery[second].append(entry.delivered - intended) }
        }
        if entry.acknowledged > 0 {
            count(entry.acknowledged) { $0.acknowledged += 1 }
            if let second = second(of: entry.acknowledged) { sync[second].append(entry.acknowledged - intended) }
        }
        switch entry.state {
        case .delivered, .caughtUp: if let second = second(of: entry.delivered) { settled[second] += 1 }
        case .rejected, .superseded: if let second = second(of: entry.ended) { settled[second] += 1 }
        case .lost, nil: break
        }
    }

    /// The rows, with what was sampled at the end of each second, the last one's at the end of draining.
    func rows(with samples: [TimelineRow]) -> [TimelineRow] {
        var rows = self.rows
        var inFlight = 0
        for second in rows.indices {
            inFlight += rows[second].sent - settled[second]
            rows[second].inFlight = inFlight
            rows[second].take(
                delivery: RecentPercentiles(of: delivery[second]),
                sync: RecentPercentiles(of: sync[second])
            )
            guard let last = samples.last else { continue }
            // The sampler may have missed the last tick; connections and memory are then what they were.
            let isSampled = second < samples.count
            let sample = isSampled ? samples[second] : last
            rows[second].connected = sample.connected
            rows[second].residentBytes = sample.residentBytes
            rows[second].reconnects = isSampled ? sample.reconnects : 0
            rows[second].cpuSeconds = isSampled ? sample.cpuSeconds : 0
        }
        return rows
    }

    private func second(of instant: Int64) -> Int? {
        guard instant >= start else { return nil }
        let second = Int((instant - start) / 1_000_000)
        // The last instant of all may lie on the edge.
        return rows.isEmpty ? nil : min(second, rows.count - 1)
    }

    private mutating func count(_ instant: Int64, _ change: (inout TimelineRow) -> Void) {
        guard let second = second(of: instant) else { return }
        change(&rows[second])
    }
}

extension TimelineRow {
    /// Takes the latencies of the second.
    mutating func take(delivery: RecentPercentiles, sync: RecentPercentiles) {
        (deliveryP50Microseconds, deliveryP99Microseconds) = (delivery.p50, delivery.p99)
        (syncP50Microseconds, syncP99Microseconds) = (sync.p50, sync.p99)
    }
}
