/// Percentiles (nearest rank) of the latencies of a short time, in microseconds; nil without samples.
public struct RecentPercentiles: Sendable, Hashable {
    /// The number of samples.
    public var count = 0
    /// The median.
    public var p50: Int64?
    /// The 90th percentile.
    public var p90: Int64?
    /// The 99th percentile.
    public var p99: Int64?
    /// The greatest.
    public var maximum: Int64?

    /// Creates percentiles of nothing.
    public init() {}

    /// Computes the percentiles of samples, in microseconds and in any order.
    public init(of samples: [Int64]) {
        // The parts come sorted, which this sort makes use of.
        let sorted = samples.sorted()
        count = sorted.count
        (p50, p90, p99) = (
            NearestRank.value(50, of: sorted), NearestRank.value(90, of: sorted), NearestRank.value(99, of: sorted)
        )
        maximum = sorted.last
    }
}
