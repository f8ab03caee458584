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
}
