/// Shares as fleet files write them: `60%`, `33.3333%`.
enum PercentText {
    /// What 100 % counts: shares are kept in millionths of a percent, so that sums are exact.
    static let whole: Int64 = 100_000_000

    static let expectation = "a share from 0% to 100%, such as 60%"

    /// The share in millionths of a percent.
    static func millionths(_ text: String) throws(Fault) -> Int64 {
        guard text.hasSuffix("%") else {
            if DecimalText(text) != nil {
                throw Fault("\(Words.quote(text)) without %", expected: expectation, suggestion: text + "%")
            }
            throw Fault(expected: expectation)
        }
        var number = text.dropLast()
        while number.last == " " { number.removeLast() }
        guard let decimal = DecimalText(number) else { throw Fault(expected: expectation) }
        guard decimal.decimals <= 6 else { throw Fault(expected: "at most six digits behind the point") }
        guard let share = decimal.scaled(by: 1_000_000), share <= whole else { throw Fault(expected: expectation) }
        return share
    }

    /// A share as text, without needless zeros.
    static func text(_ millionths: Int64) -> String {
        var text = String(millionths / 1_000_000)
        var fraction = String(millionths % 1_000_000 + 1_000_000).dropFirst()
        while fraction.last == "0" { fraction.removeLast() }
        if !fraction.isEmpty { text += "." + fraction }
        return text + "%"
    }
}
