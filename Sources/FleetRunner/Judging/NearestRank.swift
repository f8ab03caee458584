/// Percentiles of samples that are all there, by nearest rank.
public enum NearestRank {
    /// The least sample that at least so many percent of all samples do not exceed.
    /// - Parameters:
    ///   - percent: 1 to 100.
    ///   - sorted: the samples, rising.
    /// - Returns: one of the samples; nil when there are none.
    public static func value<Sample>(_ percent: Int, of sorted: [Sample]) -> Sample? {
        guard let last = sorted.last else { return nil }
        let rank = (sorted.count * percent + 99) / 100 - 1
        return sorted.indices.contains(rank) ? sorted[rank] : rank < 0 ? sorted.first : last
    }
}
