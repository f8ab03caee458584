/// An element of an XML document.
///
/// Foundation's XML writes control characters as they are, which no reader accepts; a device id or a hub's error text can
/// hold them.
struct XMLNode {
    var name: String
    var attributes: [(name: String, value: String)]
    var text: String
    var children: [XMLNode]

    init(_ name: String, _ attributes: [(String, String)] = [], text: String = "", children: [XMLNode] = []) {
        self.name = name
        self.attributes = attributes.map { (name: $0, value: $1) }
        self.text = text
        self.children = children
    }

    /// The document with this element at its root.
    var document: String {
        var output = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
        write(to: &output, indent: "")
        return output
    }

    private func write(to output: inout String, indent: String) {
        output += "\(indent)<\(name)"
        for attribute in attributes { output += " \(attribute.name)=\"\(Self.escaped(attribute.value))\"" }
        if text.isEmpty, children.isEmpty {
            output += "/>\n"
            return
        }
        output += ">" + Self.escaped(text)
        if !children.isEmpty {
            output += "\n"
            for child in children { child.write(to: &output, indent: indent + "  ") }
            output += indent
        }
        output += "</\(name)>\n"
    }

    /// A text as content or attribute; what XML 1.0 has no way to write becomes U+FFFD.
    static func escaped(_ text: String) -> String {
        var output = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": output += "&amp;"
            case "<": output += "&lt;"
            case ">": output += "&gt;"
            case "\"": output += "&quot;"
            case "\t", "\n", "\r": output += "&#\(scalar.value);"
            case _ where scalar.value < 0x20 || scalar.value == 0xFFFE || scalar.value == 0xFFFF: output += "\u{FFFD}"
            default: output.unicodeScalars.append(scalar)
            }
        }
        return output
    }
}
