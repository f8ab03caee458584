import Foundation

/// Tells a difference between two runs from noise: Welch's interval of the difference of batch means.
///
/// Single latencies of a run depend on each other (a busy moment slows many changes), statistics of long batches hardly
/// do; so each run's driving time is cut into batches, and how those scatter says what chance makes.
/// Source: Welch, The Generalization of "Student's" Problem when Several Different Population Variances are Involved.
enum Noise {
    /// How sure a mark is, over all figures of a comparison together.
    static let confidence = 0.99
    /// Smaller differences are never marked, as a share: two runs of one program on one machine differ by that much.
    static let least = 0.02

    /// What there is to say of a difference.
    struct Difference {
        /// Mean of the one's batches less mean of the other's.
        var mean: Double
        /// Half the width of the interval around it.
        var half: Double

        /// Whether the interval leaves out zero.
        var exceedsNoise: Bool { abs(mean) > half }
    }

    /// What there is to say of two runs' batches.
    struct Finding {
        /// The interval of the difference as shares of the baseline; nil beside a zero.
        var shares: ClosedRange<Double>?
        /// Whether the difference is more than noise, and more than ``least``.
        var exceedsNoise: Bool
        /// Whether the run has less than the baseline.
        var isLess: Bool
    }

    /// Compares a statistic of the batches of a run with the same of the baseline's.
    /// - Parameters:
    ///   - batches: the statistic of each batch of the run.
    ///   - baseline: the same of the baseline.
    ///   - areTimes: whether noise multiplies, as it does times: a busy moment makes them several times as long. Then
    ///     their logarithms are compared, which come close to Student's assumptions.
    ///   - figures: how many figures are compared at once; each must be surer for that.
    ///   - resolution: what a batch's statistic can differ by without meaning anything.
    /// - Returns: what there is to say; nil when one has fewer than two batches.
    static func compare(
        _ batches: [Double],
        with baseline: [Double],
        areTimes: Bool,
        figures: Int,
        resolution: Double
    ) -> Finding? {
        let isLogarithmic = areTimes && (batches + baseline).allSatisfy { $0 > 0 }
        let scale = baseline.isEmpty ? 0 : abs(baseline.reduce(0, +) / Double(baseline.count))
        let gap =
            isLogarithmic
            ? difference(
                of: batches.map { log($0) },
                from: baseline.map { log($0) },
                figures: figures,
                resolution: log(1 + resolution / scale)
            ) : difference(of: batches, from: baseline, figures: figures, resolution: resolution)
        guard let gap else { return nil }
        func share(_ value: Double) -> Double { isLogarithmic ? exp(value) - 1 : value / scale }
        let low = share(gap.mean - gap.half)
        let high = share(gap.mean + gap.half)
        return Finding(
            // Beside a zero there is no share; two wall clocks can make one.
            shares: low.isFinite && high.isFinite && low <= high ? low...high : nil,
            exceedsNoise: gap.exceedsNoise && (scale == 0 || abs(share(gap.mean)) >= least),
            isLess: gap.mean < 0
        )
    }

    /// The difference of two means.
    /// - Parameters:
    ///   - batches: the statistic of each batch of a run.
    ///   - baseline: the same of the run to compare with.
    ///   - figures: how many figures are compared at once; each must be surer for that.
    ///   - resolution: what a batch's statistic can differ by without meaning anything.
    /// - Returns: the difference; nil when one has fewer than two batches.
    static func difference(
        of batches: [Double],
        from baseline: [Double],
        figures: Int,
        resolution: Double
    ) -> Difference? {
        guard batches.count > 1, baseline.count > 1 else { return nil }
        let (mean, variance) = moments(batches)
        let (baseMean, baseVariance) = moments(baseline)
        let part = variance / Double(batches.count)
        let basePart = baseVariance / Double(baseline.count)
        let sum = part + basePart
        var half = 0.0
        if sum > 0 {
            let degrees =
                sum * sum
                / (part * part / Double(batches.count - 1) + basePart * basePart / Double(baseline.count - 1))
            let doubt = (1 - confidence) / Double(max(figures, 1)) / 2
            half = StudentT.value(exceededWith: doubt, degrees: degrees) * sum.squareRoot()
        }
        return Difference(mean: mean - baseMean, half: max(half, resolution))
    }

    private static func moments(_ values: [Double]) -> (mean: Double, variance: Double) {
        let mean = values.reduce(0, +) / Double(values.count)
        let squares = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
        return (mean, squares / Double(values.count - 1))
    }
}
