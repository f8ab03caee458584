/// How many latencies were how long: coarse and small, for whoever watches a run under way.
public struct LatencyBuckets: Sendable, Hashable {
    /// The buckets' upper bounds in microseconds, each included: 100 µs to 60 s, about three to a decade.
    public static let boundsMicroseconds: [Int64] = [
        100, 200, 500, 1_000, 2_000, 5_000, 10_000, 20_000, 50_000, 100_000, 200_000, 500_000, 1_000_000, 2_000_000,
        5_000_000, 10_000_000, 30_000_000, 60_000_000,
    ]

    /// The samples in each bucket, not cumulative; the last are those above all bounds.
    public private(set) var counts = [Int](repeating: 0, count: boundsMicroseconds.count + 1)
    /// The number of samples.
    public private(set) var count = 0
    /// The sum of the samples in microseconds.
    public private(set) var sumMicroseconds: Int64 = 0

    /// Creates empty buckets.
    public init() {}

    /// Adds one sample in microseconds.
    public mutating func record(microseconds: Int64) {
        let place = Self.boundsMicroseconds.firstIndex { microseconds <= $0 } ?? Self.boundsMicroseconds.count
        counts[place] += 1
        count += 1
        sumMicroseconds = sumMicroseconds.addingReportingOverflow(max(0, microseconds)).partialValue
    }
}
