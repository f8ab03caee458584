/// Rates as fleet files write them: `100/s`, `90/m`, `3600/h`.
enum RateText {
    /// The highest rate per second.
    static let highest = 1_000_000.0

    static let expectation = "a rate above 0 with its unit, such as 100/s, 90/m or 3600/h"

    private static let seconds: [String: Double] = ["s": 1, "m": 60, "h": 3600]
    private static let suggestions: [String: String] = [
        "sec": "s", "second": "s", "seconds": "s", "S": "s", "min": "m", "minute": "m", "minutes": "m", "M": "m",
        "hr": "h", "hour": "h", "hours": "h", "H": "h",
    ]

    /// The rate per second, above 0.
    static func perSecond(_ text: String) throws(Fault) -> Double {
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard let number = DecimalText(trim(parts[0])) else { throw Fault(expected: expectation) }
        guard parts.count == 2 else { throw Fault("\(Words.quote(text)) without a unit", expected: expectation) }
        let unit = String(trim(parts[1]))
        guard let seconds = seconds[unit] else {
            throw Fault(
                "the unknown unit \(Words.quote(unit)) in \(Words.quote(text))",
                expected: "/s, /m or /h",
                suggestion: suggestions[unit].map { "\(trim(parts[0]))/\($0)" }
            )
        }
        let rate = number.doubleValue / seconds
        guard rate > 0 else { throw Fault(expected: expectation) }
        guard rate <= highest else { throw Fault(expected: "at most \(Words.number(Int64(highest)))/s") }
        return rate
    }

    private static func trim(_ text: Substring) -> Substring {
        var text = text
        while text.first == " " { text.removeFirst() }
        while text.last == " " { text.removeLast() }
        return text
    }
}
