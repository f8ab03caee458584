import Foundation

/// Reads comma-separated values (RFC 4180) piece by piece: a long run's file does not fit into memory twice.
struct CSVReader {
    /// A row, with the line of the file that it begins in.
    struct Row {
        var line: Int
        var fields: [String]
    }

    /// More than this many bytes in one row are no row of ours.
    private static let longestRow = 1 << 20

    private let file: String
    private let columns: [String]

    /// - Parameters:
    ///   - file: the file's path.
    ///   - columns: the names in its first row.
    init(file: String, columns: [String]) {
        self.file = file
        self.columns = columns
    }

    /// Hands out the rows below the heading.
    /// - Throws: ``RunReadingError`` for what is not such a file, and what `body` throws.
    func read(_ body: (Row) throws -> Void) throws {
        var parser = Parser(file: file, width: columns.count)
        var isHeading = true
        let columns = columns
        func take(_ row: Row) throws {
            guard isHeading else { return try body(row) }
            isHeading = false
            guard row.fields == columns else {
                throw fault(
                    1,
                    RunReadingError.quoted(row.fields.joined(separator: ",")),
                    columns.joined(separator: ",")
                )
            }
        }
        let handle = try RunFiles.open(file)
        defer { try? handle.close() }
        while let data = try handle.read(upToCount: 262_144), !data.isEmpty {
            try parser.add(Array(data), take)
        }
        try parser.finish()
        if isHeading { throw fault(1, "an empty file", "the line \(columns.joined(separator: ","))") }
    }

    private func fault(_ line: Int, _ found: String, _ expected: String) -> RunReadingError {
        RunReadingError(file: file, line: line, found: found, expected: expected)
    }

    /// Cuts bytes into rows.
    private struct Parser {
        let file: String
        let width: Int
        private var line = 1
        private var firstLine = 1
        private var fields: [String] = []
        private var field: [UInt8] = []
        private var length = 0
        private var isQuoted = false
        /// A quote within quotes: the end of them, or the first half of one that is meant.
        private var isAfterQuote = false

        init(file: String, width: Int) {
            self.file = file
            self.width = width
        }

        mutating func add(_ bytes: [UInt8], _ take: (Row) throws -> Void) throws {
            for byte in bytes {
                length += 1
                if length > longestRow {
                    throw fault("a row of more than \(longestRow) bytes", "rows of \(width) fields")
                }
                if isQuoted, !isAfterQuote {
                    if byte == UInt8(ascii: "\"") { isAfterQuote = true } else { field.append(byte) }
                    if byte == UInt8(ascii: "\n") { line += 1 }
                    continue
                }
                switch byte {
                case UInt8(ascii: "\"") where isAfterQuote:
                    field.append(byte)
                    isAfterQuote = false
                case UInt8(ascii: "\"") where field.isEmpty && !isQuoted: isQuoted = true
                case UInt8(ascii: ","): try endField()
                case UInt8(ascii: "\n"):
                    try endField()
                    try take(endRow())
                case _ where isAfterQuote:
                    throw fault("text behind a closing quote", "a comma or the end of the line")
                default: field.append(byte)
                }
            }
        }

        /// The end of the file.
        func finish() throws {
            guard length == 0 else {
                throw RunReadingError(
                    file: file,
                    line: firstLine,
                    found: "a line that is cut off",
                    expected: "\(width) fields and a line feed; the file is not whole"
                )
            }
        }

        private mutating func endField() throws {
            guard let text = String(validating: field, as: UTF8.self) else {
                throw fault("bytes that are not UTF-8", "text")
            }
            fields.append(text)
            field.removeAll(keepingCapacity: true)
            isQuoted = false
            isAfterQuote = false
        }

        private mutating func endRow() throws -> Row {
            let row = Row(line: firstLine, fields: fields)
            guard fields.count == width else {
                throw fault(fields.count == 1 ? "1 field" : "\(fields.count) fields", "\(width)")
            }
            fields.removeAll(keepingCapacity: true)
            length = 0
            line += 1
            firstLine = line
            return row
        }

        private func fault(_ found: String, _ expected: String) -> RunReadingError {
            RunReadingError(file: file, line: firstLine, found: found, expected: expected)
        }
    }
}
