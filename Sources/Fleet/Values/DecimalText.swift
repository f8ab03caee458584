/// A number without sign and exponent, kept exactly: digits and how many of them stand behind the point.
struct DecimalText: Hashable {
    /// All digits as one whole number.
    let digits: Int64
    /// How many of them stand behind the point, at most 12.
    let decimals: Int

    /// The whole text; nil when it is something else or has too many digits.
    init?(_ text: some StringProtocol) {
        var rest = Substring(text)
        self.init(prefixOf: &rest)
        guard rest.isEmpty else { return nil }
    }

    /// Takes the number that the text begins with; nil when there is none, or one with too many digits.
    init?(prefixOf text: inout Substring) {
        var rest = text.utf8[...]
        func takeDigits() -> Substring.UTF8View.SubSequence {
            let digits = rest.prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
            rest = rest[digits.endIndex...]
            return digits
        }
        let whole = takeDigits()
        guard !whole.isEmpty else { return nil }
        var fraction = whole.prefix(0)
        if rest.first == UInt8(ascii: ".") {
            rest = rest.dropFirst()
            fraction = takeDigits()
            guard !fraction.isEmpty, fraction.count <= 12 else { return nil }
        }
        guard let digits = Int64(String(Substring(whole)) + String(Substring(fraction))) else { return nil }
        self.digits = digits
        decimals = fraction.count
        text = Substring(rest)
    }

    /// The number times `factor`, rounded down; nil when it does not fit.
    func scaled(by factor: Int64) -> Int64? {
        var divisor: Int64 = 1
        for _ in 0..<decimals { divisor *= 10 }
        let (high, low) = digits.multipliedFullWidth(by: factor)
        guard high.magnitude < divisor.magnitude else { return nil }
        // The quotient fits 64 bits without sign because of the guard; it must also fit 63.
        let quotient = divisor.magnitude.dividingFullWidth((high.magnitude, low)).quotient
        return Int64(exactly: quotient)
    }

    /// The number as a double.
    var doubleValue: Double {
        var divisor = 1.0
        for _ in 0..<decimals { divisor *= 10 }
        return Double(digits) / divisor
    }
}
