import FleetRunner

/// A run's changes in batches of equal length, gathered change by change, for ``Noise``.
struct BatchBooks {
    /// Batches of a run; with too few samples for those, half as many of twice the length.
    static let count = 10

    /// A figure that is judged.
    enum Figure: Hashable {
        /// A percentile of a latency.
        case latency(LatencyMetric, percent: Int)
        /// Changes the hub answered, per second of driving.
        case accepted
        /// Echoes the hub acknowledged, per second of driving.
        case acknowledged

        /// How many samples a batch must have for its statistic to mean something: at p99, three that are slower.
        var leastSamples: Int {
            switch self {
            case .latency(_, let percent): max(20, 300 / (100 - min(max(percent, 0), 99)))
            case .accepted, .acknowledged: 20
            }
        }
    }

    /// The percentiles that are judged.
    static let percents = [50, 90, 99]

    private let driving: Int64
    /// Latencies in microseconds by batch; within 35 minutes, for half the memory.
    private var samples: [LatencyMetric: [[Int32]]] = [:]
    /// What came after driving had ended: part of the whole, and of no batch.
    private var late = (accepted: 0, acknowledged: 0)
    private var accepted = [Int](repeating: 0, count: count)
    private var acknowledged = [Int](repeating: 0, count: count)

    /// - Parameter driving: how long the run drove, in microseconds.
    init(driving: Int64) { self.driving = max(driving, 1) }

    mutating func add(_ change: ChangeRecord) {
        if let instant = change.acceptedMicroseconds {
            if let batch = batch(of: instant) { accepted[batch] += 1 } else { late.accepted += 1 }
        }
        if let instant = change.acknowledgedMicroseconds {
            if let batch = batch(of: instant) { acknowledged[batch] += 1 } else { late.acknowledged += 1 }
        }
        guard let delivered = change.deliveredMicroseconds else { return }
        let intended = change.intendedMicroseconds
        // What was due in the last instant of all belongs to the last batch.
        let batch = batch(of: intended) ?? (intended < 0 ? 0 : Self.count - 1)
        func add(_ metric: LatencyMetric, _ value: Int64) {
            samples[metric, default: Array(repeating: [], count: Self.count)][batch].append(Int32(clamping: value))
        }
        add(.delivery, delivered - intended)
        if let sent = change.sentMicroseconds { add(.deliveryFromSent, delivered - sent) }
        if let received = change.receivedEpochMicroseconds, let updated = change.lastUpdatedEpochMicroseconds {
            add(.hubToDevice, received - updated)
        }
        if let acknowledged = change.acknowledgedMicroseconds {
            add(.echo, acknowledged - delivered)
            add(.sync, acknowledged - intended)
        }
    }

    /// Changes per second over the whole of driving, those included whose answer came while draining.
    func perSecond(_ figure: Figure) -> Double? {
        let counts = figure == .accepted ? accepted + [late.accepted] : acknowledged + [late.acknowledged]
        return Double(counts.reduce(0, +)) * 1_000_000 / Double(driving)
    }

    /// The statistic of each batch; nil when there are too few samples for it.
    func statistics(_ figure: Figure) -> [Double]? {
        for length in [1, 2] {
            let batches = stride(from: 0, to: Self.count, by: length).map { $0..<$0 + length }
            let statistics = batches.compactMap { statistic(figure, $0) }
            // A batch without samples is one in which nothing arrived; it is left out, and so are few others.
            if statistics.count * 5 >= batches.count * 4, statistics.count >= Self.count / 2 { return statistics }
        }
        return nil
    }

    /// What a batch's statistic can differ by without meaning anything: a microsecond, or one change more or less.
    func resolution(_ figure: Figure) -> Double {
        switch figure {
        case .latency: 1
        case .accepted, .acknowledged: Double(Self.count) * 1_000_000 / Double(driving)
        }
    }

    private func statistic(_ figure: Figure, _ batches: Range<Int>) -> Double? {
        let seconds = Double(driving) / 1_000_000 * Double(batches.count) / Double(Self.count)
        func rate(_ counts: [Int]) -> Double? {
            let sum = counts[batches].reduce(0, +)
            return counts.reduce(0, +) * batches.count / Self.count < figure.leastSamples ? nil : Double(sum) / seconds
        }
        switch figure {
        case .accepted: return rate(accepted)
        case .acknowledged: return rate(acknowledged)
        case .latency(let metric, let percent):
            let sorted = (samples[metric]?[batches].flatMap(\.self) ?? []).sorted()
            guard sorted.count >= figure.leastSamples else { return nil }
            return NearestRank.value(percent, of: sorted).map(Double.init)
        }
    }

    /// The batch that an instant of driving belongs to; nil when it lies outside.
    private func batch(of instant: Int64) -> Int? {
        guard instant >= 0, instant < driving else { return nil }
        // In floating point, for an hour in microseconds times ten still fits, but what a file says may not.
        return min(Self.count - 1, Int(Double(instant) / Double(driving) * Double(Self.count)))
    }
}
