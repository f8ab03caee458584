import FleetRunner

/// Reads `timeline.csv` back.
enum TimelineReader {
    static func read(file: String) throws -> [TimelineRow] {
        var rows: [TimelineRow] = []
        try CSVReader(file: file, columns: TimelineCSV.columns).read { line in
            var fields = CSVFields(line, columns: TimelineCSV.columns, file: file)
            let second = try fields.count()
            guard second == rows.count else { throw fields.fault("\(second)", "\(rows.count): a row for each second") }
            var row = TimelineRow(second: second)
            row.intended = try fields.count()
            row.sent = try fields.count()
            row.accepted = try fields.count()
            row.rejected = try fields.count()
            row.delivered = try fields.count()
            row.acknowledged = try fields.count()
            row.inFlight = Int(try fields.integer())
            row.connected = try fields.count()
            row.reconnects = try fields.count()
            row.deliveryP50Microseconds = try fields.optionalInteger()
            row.deliveryP99Microseconds = try fields.optionalInteger()
            row.syncP50Microseconds = try fields.optionalInteger()
            row.syncP99Microseconds = try fields.optionalInteger()
            row.cpuSeconds = try fields.double()
            row.residentBytes = try fields.integer()
            rows.append(row)
        }
        return rows
    }
}
