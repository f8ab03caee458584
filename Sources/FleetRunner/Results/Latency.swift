import Histogram

/// What a latency is measured between.
public enum LatencyMetric: String, Sendable, CaseIterable {
    /// Intended to delivered: free of coordinated omission.
    case delivery
    /// Sent to delivered.
    case deliveryFromSent = "delivery_from_sent"
    /// The hub's `$metadata.$lastUpdated` to the device's `DateTimeLastDesiredPropertyChangeReceived`; two wall clocks.
    case hubToDevice = "hub_to_device"
    /// Delivered to acknowledged.
    case echo
    /// Intended to acknowledged.
    case sync
}

/// A mergeable histogram of microseconds: 1 µs to 1 h with three significant digits; count, least and greatest exact.
public struct LatencyHistogram: Sendable {
    /// The greatest value that the buckets hold: one hour in microseconds.
    public static let greatestTrackableMicroseconds: Int64 = 3_600_000_000

    /// The buckets, as many as the greatest sample needs, since a run may have thousands of histograms.
    ///
    /// Values outside the range are counted in the nearest one.
    private var histogram = Histogram<UInt32>(numberOfSignificantValueDigits: .three)
    /// The number of samples.
    public private(set) var count = 0
    /// The least sample in microseconds, below zero when two wall clocks disagree; nil when empty.
    public private(set) var minimumMicroseconds: Int64?
    /// The greatest sample in microseconds; nil when empty.
    public private(set) var maximumMicroseconds: Int64?
    /// The sum of all samples in microseconds.
    public private(set) var sumMicroseconds = 0.0
    /// Samples below zero: only clocks of two machines can make them.
    public private(set) var negativeCount = 0
    /// Samples above one hour; percentiles show them as one hour.
    public private(set) var clippedCount = 0

    /// Creates an empty histogram.
    public init() {}

    /// Adds one sample in microseconds.
    public mutating func record(microseconds: Int64) {
        count += 1
        sumMicroseconds += Double(microseconds)
        minimumMicroseconds = min(minimumMicroseconds ?? microseconds, microseconds)
        maximumMicroseconds = max(maximumMicroseconds ?? microseconds, microseconds)
        if microseconds < 0 { negativeCount += 1 }
        if microseconds > Self.greatestTrackableMicroseconds { clippedCount += 1 }
        histogram.record(UInt64(min(max(microseconds, 0), Self.greatestTrackableMicroseconds)))
    }

    /// Adds all samples of another histogram.
    public mutating func merge(_ other: LatencyHistogram) {
        guard other.count > 0 else { return }
        count += other.count
        sumMicroseconds += other.sumMicroseconds
        minimumMicroseconds = [minimumMicroseconds, other.minimumMicroseconds].compactMap(\.self).min()
        maximumMicroseconds = [maximumMicroseconds, other.maximumMicroseconds].compactMap(\.self).max()
        negativeCount += other.negativeCount
        clippedCount += other.clippedCount
        histogram.add(other.histogram)
    }

    /// A bucket that has samples.
    public struct Bucket: Sendable, Hashable {
        /// The greatest value that belongs into it, in microseconds.
        public var microseconds: Int64
        /// How many samples it has.
        public var count: Int

        /// Creates a bucket.
        public init(microseconds: Int64, count: Int) {
            self.microseconds = microseconds
            self.count = count
        }
    }

    /// The buckets that have samples, by value.
    public var buckets: [Bucket] {
        histogram.recordedValues().map { bucket in
            // The last bucket goes on behind what it may hold.
            Bucket(
                microseconds: min(Int64(clamping: bucket.value), Self.greatestTrackableMicroseconds),
                count: Int(clamping: bucket.count)
            )
        }
    }

    /// Makes a histogram again from its buckets and from what they do not tell.
    ///
    /// Nil when a bucket lies outside the range or has no samples.
    public init?(
        buckets: [Bucket],
        minimumMicroseconds: Int64?,
        maximumMicroseconds: Int64?,
        sumMicroseconds: Double,
        negativeCount: Int,
        clippedCount: Int
    ) {
        for bucket in buckets {
            let (sum, overflow) = count.addingReportingOverflow(bucket.count)
            guard bucket.count > 0, !overflow, let value = UInt64(exactly: bucket.microseconds),
                let samples = UInt32(exactly: bucket.count), histogram.record(value, count: samples)
            else { return nil }
            count = sum
        }
        self.minimumMicroseconds = minimumMicroseconds
        self.maximumMicroseconds = maximumMicroseconds
        self.sumMicroseconds = sumMicroseconds
        self.negativeCount = negativeCount
        self.clippedCount = clippedCount
    }

    /// The value below which `percentile` percent (0 to 100) of the samples lie, in microseconds; nil when empty.
    ///
    /// Never above the greatest nor below the least sample, although buckets are three digits wide.
    public func percentile(_ percentile: Double) -> Int64? {
        guard let minimumMicroseconds, let maximumMicroseconds else { return nil }
        let value = Int64(clamping: histogram.valueAtPercentile(min(max(percentile, 0), 100)))
        return min(max(value, minimumMicroseconds), maximumMicroseconds)
    }

    /// The mean in microseconds; nil when empty.
    public var meanMicroseconds: Double? { count == 0 ? nil : sumMicroseconds / Double(count) }
}

/// The latencies of one group of devices.
public struct LatencyGroup: Sendable {
    /// The value that the devices share, such as "Mqtt" or "cellular"; "all" in the overall table, "-" without a value.
    public var name: String
    /// The number of devices in the group.
    public var devices: Int
    /// A histogram per metric that has samples.
    public var histograms: [LatencyMetric: LatencyHistogram]

    /// Creates a group.
    public init(name: String, devices: Int, histograms: [LatencyMetric: LatencyHistogram] = [:]) {
        self.name = name
        self.devices = devices
        self.histograms = histograms
    }
}

/// The latencies of a run, divided by one property of the devices.
public struct LatencyTable: Sendable {
    /// What divides the groups: "overall", "transport", "connectivity" or a tag's path such as "tags.location.plant".
    public var dimension: String
    /// The groups, sorted by name.
    public var groups: [LatencyGroup]

    /// Creates a table.
    public init(dimension: String, groups: [LatencyGroup]) {
        self.dimension = dimension
        self.groups = groups
    }
}
