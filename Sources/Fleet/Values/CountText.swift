/// Numbers as people read them.
public enum CountText {
    /// A number with commas between groups of three digits, such as `30,096`.
    public static func of(_ number: some BinaryInteger) -> String {
        var text = String(number.magnitude)
        var index = text.endIndex
        while text.distance(from: text.startIndex, to: index) > 3 {
            index = text.index(index, offsetBy: -3)
            text.insert(",", at: index)
        }
        return number < 0 ? "-\(text)" : text
    }

    /// A number and its noun: the first form for one, else the second, which is the first with an s unless it is given.
    public static func of(_ number: some BinaryInteger, _ singular: String, _ plural: String? = nil) -> String {
        "\(of(number)) \(number == 1 ? singular : plural ?? "\(singular)s")"
    }
}
