import FleetRunner
import Foundation
import TestKit
import Testing

@testable import FleetReport

@Suite("Noise and difference")
struct NoiseTests {
    @Test(
        "quantiles of Student's t as tables have them",
        arguments: [
            (0.025, 4.0, 2.776), (0.005, 1, 63.657), (0.005, 10, 3.169), (0.0005, 18, 3.922), (0.005, 9.5, 3.207),
            (0.025, 1_000_000, 1.960), (0.5, 7, 0),
        ]
    )
    func quantile(_ probability: Double, _ degrees: Double, _ expected: Double) {
        let value = StudentT.value(exceededWith: probability, degrees: degrees)
        #expect(abs(value - expected) < 0.002 * max(1, expected), "\(value)")
    }

    @Test("Welch's interval as worked by hand")
    func welch() throws {
        // Means 3 and 6, variances 2.5 and 10, 5 each: degrees (0.5+2)^2/(0.5^2/4+2^2/4) = 5.882.
        let difference = try #require(
            Noise.difference(of: [2, 4, 6, 8, 10], from: [1, 2, 3, 4, 5], figures: 1, resolution: 0)
        )
        #expect(difference.mean == 3)
        let expected = StudentT.value(exceededWith: 0.005, degrees: 5.882) * 2.5.squareRoot()
        #expect(abs(difference.half - expected) < 0.01 && !difference.exceedsNoise)
        let surer = try #require(
            Noise.difference(of: [2, 4, 6, 8, 10], from: [1, 2, 3, 4, 5], figures: 17, resolution: 0)
        )
        #expect(surer.half > difference.half)
    }

    @Test("batches that do not scatter still differ only by more than their resolution")
    func still() throws {
        let same = try #require(Noise.difference(of: [10, 10], from: [9, 9], figures: 1, resolution: 1))
        #expect(!same.exceedsNoise)
        let other = try #require(Noise.difference(of: [12, 12], from: [9, 9], figures: 1, resolution: 1))
        #expect(other.exceedsNoise)
        #expect(Noise.difference(of: [1], from: [1, 2], figures: 1, resolution: 0) == nil)
    }

    @Test("times are compared as multiples, other figures and what is not above zero as differences")
    func multiples() throws {
        let base = [100.0, 110, 90, 105, 95]
        let twice = try #require(
            Noise.compare(base.map { $0 * 2 }, with: base, areTimes: true, figures: 1, resolution: 1)
        )
        let interval = try #require(twice.shares)
        #expect(twice.exceedsNoise && !twice.isLess && interval.contains(1))
        // As far above as below, as factors.
        #expect(abs((1 + interval.lowerBound) * (1 + interval.upperBound) - 4) < 1e-9)
        let half = try #require(
            Noise.compare(base.map { $0 / 2 }, with: base, areTimes: false, figures: 1, resolution: 1)
        )
        #expect(half.exceedsNoise && half.isLess)
        let middle = try #require(half.shares.map { ($0.lowerBound + $0.upperBound) / 2 })
        #expect(abs(middle + 0.5) < 1e-9)
        let zero = try #require(Noise.compare([0, 0, 1], with: [0, 0, 0], areTimes: true, figures: 1, resolution: 1))
        #expect(zero.shares == nil && !zero.exceedsNoise)
        // More than noise, and less than anybody cares for.
        let little = try #require(
            Noise.compare([1_001, 1_001], with: [1_000, 1_000], areTimes: true, figures: 1, resolution: 0.1)
        )
        #expect(!little.exceedsNoise)
    }

    @Test("of pairs of runs of one distribution hardly any figure is marked; of a slower one its figures are")
    func falsePositives() {
        let pairs = 40
        var marked = 0
        var noticed = 0
        var figures = 0
        for seed in 0..<UInt64(pairs) {
            let base = SampleRuns.run(seed: seed * 3 + 1)
            let comparison = Comparison([base, SampleRuns.run(seed: seed * 3 + 2)])
            figures += comparison.figures.count { $0.cells[1].judgement != nil }
            marked += comparison.runs(.worse).count + comparison.runs(.better).count
            let slower = Comparison([base, SampleRuns.run(seed: seed * 3 + 3, slower: 1.3)])
            if slower.runs(.worse).contains(where: { $0.figure.key == "sync_p50_us" }) { noticed += 1 }
            #expect(slower.runs(.better).isEmpty)
        }
        #expect(figures == pairs * 14)
        // One in a hundred pairs may have a mark.
        #expect(marked <= 1, "\(marked) of \(figures)")
        #expect(noticed == pairs, "\(noticed)")
    }
}

/// Runs of made-up changes: a log-normal latency of 2 ms in the middle, with moments that are slower than others.
enum SampleRuns {
    static func run(
        seed: UInt64,
        changes: Int = 3_200,
        slower: Double = 1,
        disturbed: Double = 0,
        _ change: (inout RunResult) -> Void = { _ in }
    ) -> Comparison.Run {
        var random = SeededGenerator(seed: seed)
        var result = SampleResult.passed
        result.load.actualDuration = .seconds(20)
        result.latencies = []
        change(&result)
        var books = BatchBooks(driving: 20_000_000)
        var histograms: [LatencyMetric: LatencyHistogram] = [:]
        var weather = 0.0
        for index in 0..<changes {
            // Neighbours in time are alike, as they are in a real run.
            weather = 0.95 * weather + 0.05 * normal(&random)
            let intended = Int64(20_000_000 / changes * index)
            let factor = Double(index) < Double(changes) * disturbed ? 50 : slower
            let delivery = Int64(1_000 * factor * exp(0.4 * normal(&random) + weather))
            let echo = Int64(1_000 * factor * exp(0.4 * normal(&random) + weather))
            books.add(
                ChangeRecord(
                    deviceID: "d",
                    workloadItem: 0,
                    version: 1,
                    intendedMicroseconds: intended,
                    sentMicroseconds: intended + 50,
                    acceptedMicroseconds: intended + delivery / 2,
                    deliveredMicroseconds: intended + delivery,
                    echoedMicroseconds: intended + delivery,
                    acknowledgedMicroseconds: intended + delivery + echo,
                    lastUpdatedEpochMicroseconds: nil,
                    receivedEpochMicroseconds: nil,
                    state: .delivered,
                    duplicates: 0,
                    outOfOrder: false
                )
            )
            histograms[.delivery, default: LatencyHistogram()].record(microseconds: delivery)
            histograms[.deliveryFromSent, default: LatencyHistogram()].record(microseconds: delivery - 50)
            histograms[.echo, default: LatencyHistogram()].record(microseconds: echo)
            histograms[.sync, default: LatencyHistogram()].record(microseconds: delivery + echo)
        }
        result.latencies = [
            LatencyTable(
                dimension: "overall",
                groups: [LatencyGroup(name: "all", devices: 20, histograms: histograms)]
            )
        ]
        return Comparison.run("runs/sample-\(seed)", result, nil, books)
    }

    /// A number of the normal distribution (Box and Muller).
    private static func normal(_ random: inout SeededGenerator) -> Double {
        let one = Double.random(in: Double.leastNonzeroMagnitude..<1, using: &random)
        return (-2 * log(one)).squareRoot() * cos(2 * .pi * Double.random(in: 0..<1, using: &random))
    }
}
