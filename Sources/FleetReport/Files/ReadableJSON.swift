public import IoTHub

extension JSON {
    /// The value as JSON text with a line per member and element, for files that people look into.
    public var readableText: String {
        var text = ""
        writeReadable(to: &text, indent: "")
        return text
    }

    private func writeReadable(to text: inout String, indent: String) {
        let inner = indent + "  "
        switch self {
        case .object(let object) where !object.isEmpty:
            text += "{\n"
            for (index, (key, value)) in object.enumerated() {
                text += "\(inner)\(JSON.string(key).text): "
                value.writeReadable(to: &text, indent: inner)
                text += index == object.count - 1 ? "\n" : ",\n"
            }
            text += indent + "}"
        case .array(let elements) where !elements.isEmpty:
            text += "[\n"
            for (index, element) in elements.enumerated() {
                text += inner
                element.writeReadable(to: &text, indent: inner)
                text += index == elements.count - 1 ? "\n" : ",\n"
            }
            text += indent + "]"
        case .null, .bool, .integer, .double, .string, .array, .object: text += self.text
        }
    }
}
