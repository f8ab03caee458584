import IoTHub

/// The range in `{random:1..60}` or `{random:0.5..2.5}`.
enum RandomRange {
    static func parse(_ argument: Substring, _ whole: String) throws(Fault) -> TextTemplate.Segment {
        let found = "the placeholder \(Words.quote("{\(whole)}"))"
        let expected = "a range such as {random:1..60} or {random:0.5..2.5}"
        guard argument.first == ":", let dots = argument.firstRange(of: "..") else {
            throw Fault(found, expected: expected)
        }
        guard let low = Signed(argument[..<dots.lowerBound].dropFirst()),
            let high = Signed(argument[dots.upperBound...])
        else { throw Fault(found, expected: expected) }
        let decimals = max(low.number.decimals, high.number.decimals)
        var divisor: Int64 = 1
        for _ in 0..<decimals { divisor *= 10 }
        guard let lowest = low.steps(divisor), let highest = high.steps(divisor),
            TwinLimits.integers.contains(lowest), TwinLimits.integers.contains(highest)
        else {
            throw Fault(found, expected: "numbers that a twin can hold: of at most 15 digits")
        }
        guard let range = RandomInteger(lowest, highest) else {
            throw Fault(found, expected: "the smaller number first")
        }
        return decimals == 0 ? .integer(range) : .decimal(RandomDecimal(steps: range, divisor: Double(divisor)))
    }

    private struct Signed {
        var isNegative: Bool
        var number: DecimalText

        init?(_ text: Substring) {
            isNegative = text.first == "-"
            guard let number = DecimalText(isNegative ? text.dropFirst() : text) else { return nil }
            self.number = number
        }

        func steps(_ divisor: Int64) -> Int64? {
            guard let steps = number.scaled(by: divisor) else { return nil }
            return isNegative ? -steps : steps
        }
    }
}
