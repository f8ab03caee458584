/// Durations as fleet files write them: `500us`, `10ms`, `10s`, `1m30s`, `1.5h`.
enum DurationText {
    /// The longest duration: 366 days.
    static let longest: Int64 = 366 * 24 * 3600 * 1_000_000_000

    static let expectation = "a duration with its unit, such as 10s, 1m30s or 500ms"

    /// Units from the greatest to the least; parts of a duration stand in this order.
    private static let units: [(name: String, nanoseconds: Int64)] = [
        ("h", 3_600_000_000_000), ("m", 60_000_000_000), ("s", 1_000_000_000), ("ms", 1_000_000), ("us", 1_000),
    ]

    private static let otherNames: [String: String] = [
        "µs": "us", "μs": "us",
    ]

    private static let suggestions: [String: String] = [
        "hr": "h", "hrs": "h", "hour": "h", "hours": "h", "min": "m", "mins": "m", "minute": "m", "minutes": "m",
        "sec": "s", "secs": "s", "second": "s", "seconds": "s", "msec": "ms", "millis": "ms", "milliseconds": "ms",
        "usec": "us", "micros": "us", "microseconds": "us",
    ]

    /// The duration in nanoseconds.
    static func nanoseconds(_ text: String) throws(Fault) -> Int64 {
        var rest = text[...]
        var sum: Int64 = 0
        var nextUnit = 0
        repeat {
            guard let number = DecimalText(prefixOf: &rest) else { throw Fault(expected: expectation) }
            let given = String(rest.prefix { !$0.isNumber && $0 != "." })
            rest = rest.dropFirst(given.count)
            if given.isEmpty { throw Fault("\(Words.quote(text)) without a unit", expected: expectation) }
            let name = otherNames[given] ?? given
            guard let unit = units.firstIndex(where: { $0.name == name }) else {
                let nearest =
                    suggestions[given.lowercased()]
                    ?? units.first { $0.name == given.lowercased() }?.name
                throw Fault(
                    "the unknown unit \(Words.quote(given)) in \(Words.quote(text))",
                    expected: "h, m, s, ms or us",
                    suggestion: nearest
                )
            }
            guard unit >= nextUnit else {
                throw Fault(expected: "every unit once, the greater ones first, as in 1m30s")
            }
            nextUnit = unit + 1
            guard let part = number.scaled(by: units[unit].nanoseconds), part <= longest - sum else {
                throw Fault(expected: "at most 366 days")
            }
            sum += part
        } while !rest.isEmpty
        return sum
    }
}
