import FleetRunner

/// Reads the buckets of `latencies.csv` back.
struct LatenciesReader {
    /// Which histogram a bucket belongs to.
    struct Key: Hashable {
        var dimension: String
        var group: String
        var metric: LatencyMetric
    }

    let file: String
    private(set) var buckets: [Key: [LatencyHistogram.Bucket]] = [:]

    init(file: String) throws {
        self.file = file
        try CSVReader(file: file, columns: LatenciesCSV.columns).read { row in
            var fields = CSVFields(row, columns: LatenciesCSV.columns, file: file)
            let dimension = fields.text()
            let group = fields.text()
            let name = fields.text()
            guard let metric = LatencyMetric(rawValue: name) else {
                throw fields.fault(
                    RunReadingError.quoted(name),
                    "one of \(LatencyMetric.allCases.map(\.rawValue).joined(separator: ", "))"
                )
            }
            let value = try fields.count()
            guard Int64(value) <= LatencyHistogram.greatestTrackableMicroseconds else {
                throw fields.fault("\(value)", "at most an hour")
            }
            let count = try fields.count()
            guard count > 0 else { throw fields.fault("0", "a bucket with samples") }
            buckets[Key(dimension: dimension, group: group, metric: metric), default: []]
                .append(LatencyHistogram.Bucket(microseconds: Int64(value), count: count))
        }
    }
}
