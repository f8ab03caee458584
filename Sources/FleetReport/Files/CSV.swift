import IoTHub

/// Rows of comma-separated values as bytes (RFC 4180, lines end in a line feed).
struct CSV {
    private(set) var bytes: [UInt8] = []
    private var isAtStart = true

    init() {}

    /// Rows below a row of names.
    init(header: [String]) {
        for column in header { add(column) }
        endRow()
    }

    /// Appends a text, in quotes where it needs them: device ids may hold commas.
    mutating func add(_ text: String) {
        separate()
        guard text.utf8.contains(where: { $0 == UInt8(ascii: ",") || $0 == UInt8(ascii: "\"") || $0 < 0x20 }) else {
            bytes.append(contentsOf: text.utf8)
            return
        }
        bytes.append(UInt8(ascii: "\""))
        for byte in text.utf8 {
            if byte == UInt8(ascii: "\"") { bytes.append(byte) }
            bytes.append(byte)
        }
        bytes.append(UInt8(ascii: "\""))
    }

    /// Appends a whole number; nothing between the commas for nil.
    mutating func add(_ number: Int64?) {
        separate()
        if let number { bytes.append(contentsOf: String(number).utf8) }
    }

    /// Appends a whole number.
    mutating func add(_ number: Int) { add(Int64(number)) }

    /// Appends a number with three decimals.
    mutating func add(_ number: Double) {
        let thousandths = (number * 1000).rounded()
        // A figure beyond that is no measurement; it must not stop the report.
        guard let whole = Int64(exactly: thousandths) else { return add(nil) }
        separate()
        let fraction = String(whole.magnitude % 1000)
        let padded = String(repeating: "0", count: 3 - fraction.count) + fraction
        bytes.append(contentsOf: "\(whole < 0 ? "-" : "")\(whole.magnitude / 1000).\(padded)".utf8)
    }

    /// Appends an instant, given in microseconds since 1970 UTC, in ISO 8601; nothing for nil.
    mutating func add(epochMicroseconds: Int64?) {
        separate()
        guard let epochMicroseconds else { return }
        let (ticks, overflow) = epochMicroseconds.multipliedReportingOverflow(by: 10)
        if !overflow { bytes.append(contentsOf: HubTimestamp(ticksSinceEpoch: ticks).utf8Text) }
    }

    /// Ends the row.
    mutating func endRow() {
        bytes.append(UInt8(ascii: "\n"))
        isAtStart = true
    }

    /// Hands out what has been written so far and forgets it.
    mutating func take() -> [UInt8] {
        defer { bytes.removeAll(keepingCapacity: true) }
        return bytes
    }

    private mutating func separate() {
        if !isAtStart { bytes.append(UInt8(ascii: ",")) }
        isAtStart = false
    }
}
