import IoTHub

/// How values stand in tables and trees.
enum CellText {
    /// A value in a table's cell: texts as they are, objects and arrays as JSON, what is undefined as nothing.
    static func cell(_ value: JSON?) -> String {
        switch value {
        case nil: ""
        case .string(let text)?: printable(text)
        case let value?: printable(value.text)
        }
    }

    /// An object's members in one line, as `location.plant=Redmond43 location.region=US`: the form that `--tag` takes.
    static func flattened(_ object: JSONObject, prefix: String = "") -> String {
        object.map { key, value in
            let path = prefix + printable(key)
            if case .object(let inner) = value, !inner.isEmpty { return flattened(inner, prefix: path + ".") }
            return "\(path)=\(cell(value))"
        }.joined(separator: " ")
    }

    /// A time of the hub to the second; `never` for the hub's mark of that.
    static func time(_ time: HubTimestamp?) -> String {
        guard let time else { return "" }
        if time == .never { return "never" }
        return HubTimestamp(secondsSinceEpoch: time.secondsSinceEpoch, nanoseconds: 0).description
    }

    /// A text without control characters, which could move a terminal's cursor or colour what follows.
    static func printable(_ text: String) -> String {
        guard text.unicodeScalars.contains(where: isControl) else { return text }
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\n": result += "\\n"
            case "\t": result += "\\t"
            case "\r": result += "\\r"
            case _ where isControl(scalar):
                let digits = String(scalar.value, radix: 16)
                result += "\\u" + String(repeating: "0", count: max(0, 4 - digits.count)) + digits
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }

    /// C0, delete, C1, and the marks that change the direction of writing.
    private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0..<0x20, 0x7F...0x9F, 0x200E...0x200F, 0x2028...0x202E, 0x2066...0x2069: true
        default: false
        }
    }
}
