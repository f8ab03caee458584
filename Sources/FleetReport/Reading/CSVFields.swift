import IoTHub

/// The fields of a row, taken one after the other.
struct CSVFields {
    private let file: String
    private let columns: [String]
    private let row: CSVReader.Row
    private var position = 0

    init(_ row: CSVReader.Row, columns: [String], file: String) {
        self.row = row
        self.columns = columns
        self.file = file
    }

    mutating func text() -> String {
        defer { position += 1 }
        return position < row.fields.count ? row.fields[position] : ""
    }

    mutating func integer() throws(RunReadingError) -> Int64 {
        guard let number = try optionalInteger() else { throw fault("nothing", "a whole number") }
        return number
    }

    mutating func optionalInteger() throws(RunReadingError) -> Int64? {
        let text = text()
        if text.isEmpty { return nil }
        guard let number = Int64(text), RunFiles.isSound(number) else {
            throw fault(RunReadingError.quoted(text), "a whole number of at most 16 digits")
        }
        return number
    }

    /// A number that counts something.
    mutating func count() throws(RunReadingError) -> Int {
        let number = try integer()
        guard number >= 0 else { throw fault("\(number)", "a number from 0") }
        return Int(number)
    }

    mutating func double() throws(RunReadingError) -> Double {
        let text = text()
        // Without a figure a row has none that could be a measurement.
        if text.isEmpty { return 0 }
        guard let number = Double(text), number.isFinite, abs(number) <= RunFiles.greatest else {
            throw fault(RunReadingError.quoted(text), "a number")
        }
        return number
    }

    /// An instant in microseconds since 1970 UTC.
    mutating func optionalTime() throws(RunReadingError) -> Int64? {
        let text = text()
        if text.isEmpty { return nil }
        guard let time = try? HubTimestamp(parsing: text) else {
            throw fault(RunReadingError.quoted(text), "a time like 2022-06-01T22:27:50.2612586Z")
        }
        return time.microsecondsSinceEpoch
    }

    /// What is wrong with the field that was taken last.
    func fault(_ found: String, _ expected: String) -> RunReadingError {
        let column = columns.indices.contains(position - 1) ? columns[position - 1] : "row"
        return RunReadingError(file: file, line: row.line, found: "\(column) \(found)", expected: expected)
    }
}
