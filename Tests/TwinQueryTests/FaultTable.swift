/// Queries that are none, each with what is said about it.
///
/// A query stands on a line; what is said stands below it, further in, and begins with line and column. `␊` and `␍` stand
/// for ends of lines in the query.
enum FaultTable {
    struct Row: Sendable {
        var query: String
        var said: String
    }

    static func rows(of table: String) -> [Row] {
        var rows: [Row] = []
        for line in table.split(separator: "\n") {
            if !line.hasPrefix("    ") {
                let query = String(line).replacing("␊", with: "\n").replacing("␍", with: "\r")
                rows.append(Row(query: query, said: ""))
            } else if let last = rows.indices.last {
                rows[last].said += (rows[last].said.isEmpty ? "" : " ") + line.drop { $0 == " " }
            }
        }
        return rows
    }
}
