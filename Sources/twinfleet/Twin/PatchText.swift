import IoTHub

/// A twin's document or patch as the command line gives it: JSON text, `@FILE`, or `-` for standard input.
enum PatchText {
    /// Whether a word of the command line is such a text and no device id: ids have no brackets, and few begin with `@`.
    static func isOne(_ word: String) -> Bool {
        word.hasPrefix("{") || word.hasPrefix("[") || word.hasPrefix("@") || word == "-"
    }

    /// Reads the document.
    /// - Throws: `CommandError` with the place of what is no JSON.
    static func read(_ word: String) throws(CommandError) -> JSON {
        let (text, name): (String, String)
        if word == "-" {
            (text, name) = (try FileText.readStandardInput(), "standard input")
        } else if word.hasPrefix("@") {
            let file = String(word.dropFirst())
            (text, name) = (try FileText.read(file), file)
        } else {
            (text, name) = (word, "the patch")
        }
        return try parse(text, called: name)
    }

    /// Parses the text of a document.
    /// - Throws: `CommandError` with the place of the fault.
    static func parse(_ text: String, called name: String) throws(CommandError) -> JSON {
        let json: JSON
        do {
            json = try JSON(parsing: text)
        } catch {
            let line = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).dropFirst(
                error.line - 1
            )
            .first
            // The parser counts bytes, people count characters.
            let column = line.map {
                String(decoding: $0.utf8.prefix(max(error.column, 1) - 1), as: UTF8.self).count + 1
            }
            let shown = TextPlace(line: error.line, column: column ?? 1).shown(in: text).map { "\n\($0)" } ?? ""
            throw CommandError(.usage, "\(name) is not JSON: \(error)\(shown)")
        }
        guard case .object = json else {
            throw CommandError(.usage, "\(name) is JSON, but no object: found \(json.kind)")
        }
        return json
    }
}
