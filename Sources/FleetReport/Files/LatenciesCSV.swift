import FleetRunner

/// `latencies.csv`: a row per filled bucket of each histogram, from which a finished run can be read back.
///
/// Buckets are those of an HdrHistogram of 1 µs to 1 h with three significant digits; `value_us` is the greatest value that
/// belongs into the bucket. Count, least, greatest and sum of the samples stand in `summary.json`.
enum LatenciesCSV {
    static let columns = ["by", "group", "latency", "value_us", "count"]

    /// Writes header and rows in pieces of about 64 KiB.
    static func write(_ tables: [LatencyTable], to sink: ([UInt8]) throws -> Void) throws {
        var csv = CSV(header: columns)
        for table in tables {
            for group in table.groups {
                for metric in LatencyMetric.allCases {
                    for bucket in group.histograms[metric]?.buckets ?? [] {
                        csv.add(table.dimension)
                        csv.add(group.name)
                        csv.add(metric.rawValue)
                        csv.add(bucket.microseconds)
                        csv.add(bucket.count)
                        csv.endRow()
                    }
                    if csv.bytes.count > 65_536 { try sink(csv.take()) }
                }
            }
        }
        try sink(csv.take())
    }
}
