import FleetRunner

/// Reads `changes.csv` back, change by change.
enum ChangesReader {
    private static let states = Dictionary(uniqueKeysWithValues: ChangeState.allCases.map { ($0.name, $0) })

    /// Hands out the changes in the order of the file.
    /// - Returns: how many there are.
    static func read(file: String, _ body: (ChangeRecord) throws -> Void) throws -> Int {
        var count = 0
        try CSVReader(file: file, columns: ChangesCSV.columns).read { row in
            try body(record(CSVFields(row, columns: ChangesCSV.columns, file: file)))
            count += 1
        }
        return count
    }

    private static func record(_ fields: CSVFields) throws -> ChangeRecord {
        var fields = fields
        let device = fields.text()
        if device.isEmpty { throw fields.fault("nothing", "a device id") }
        let version = try fields.optionalInteger()
        let intended = try fields.integer()
        let sent = try fields.optionalInteger()
        let accepted = try fields.optionalInteger()
        let delivered = try fields.optionalInteger()
        let echoed = try fields.optionalInteger()
        let acknowledged = try fields.optionalInteger()
        let lastUpdated = try fields.optionalTime()
        let received = try fields.optionalTime()
        let name = fields.text()
        guard let state = states[name] else {
            throw fields.fault(
                RunReadingError.quoted(name),
                "one of \(ChangeState.allCases.map(\.name).joined(separator: ", "))"
            )
        }
        let item = try fields.count()
        let duplicates = try fields.count()
        let outOfOrder = try fields.count()
        return ChangeRecord(
            deviceID: device,
            workloadItem: item,
            version: version,
            intendedMicroseconds: intended,
            sentMicroseconds: sent,
            acceptedMicroseconds: accepted,
            deliveredMicroseconds: delivered,
            echoedMicroseconds: echoed,
            acknowledgedMicroseconds: acknowledged,
            lastUpdatedEpochMicroseconds: lastUpdated,
            receivedEpochMicroseconds: received,
            state: state,
            duplicates: duplicates,
            outOfOrder: outOfOrder != 0
        )
    }
}
