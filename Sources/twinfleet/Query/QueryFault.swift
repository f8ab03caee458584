import ServiceClient
import TwinQuery

/// Shows where a query is wrong.
enum QueryFault {
    /// What to tell people about a query that the hub refuses: its message, and the place in the query.
    ///
    /// A hub that names no place gets help from this program's own reading of the language.
    static func explain(_ error: ServiceClientError, of sql: String) -> String {
        // The hub's word for all bad queries says nothing when there is more behind it.
        let message = error.message.hasPrefix("BadRequest; ") ? String(error.message.dropFirst(12)) : error.message
        let told = "the hub refuses the query: \(oneLine(message))"
        if let place = place(in: error.message), let shown = place.shown(in: sql) { return "\(told)\n\(shown)" }
        do throws(QueryError) {
            _ = try QueryStatement(parsing: sql)
            return "\(told)\n  \(oneLine(sql))"
        } catch {
            let place = TextPlace(line: error.line, column: error.column)
            guard let shown = place.shown(in: sql) else { return told }
            return "\(told)\nperhaps because of this: found \(error.found); expected \(error.expected)\n\(shown)"
        }
    }

    /// The place that a message names, by `line 1, column 8` as a local hub has it, or by `Line 1:7` as a real one, which
    /// counts columns from 0.
    static func place(in message: String) -> TextPlace? {
        if let match = message.firstMatch(of: /[Ll]ine ([0-9]+), column ([0-9]+)/),
            let line = Int(match.1), let column = Int(match.2)
        {
            return TextPlace(line: line, column: column)
        }
        if let match = message.firstMatch(of: /[Ll]ine ([0-9]+):([0-9]+)/), let line = Int(match.1),
            let column = Int(match.2), column < Int.max
        {
            return TextPlace(line: line, column: column + 1)
        }
        return nil
    }

    private static func oneLine(_ text: String) -> String {
        text.split(whereSeparator: \.isNewline).joined(separator: " ").replacing("\t", with: " ")
    }
}
