/// A table of a page; it scrolls by itself where the screen is too narrow.
struct HTMLTable {
    /// What a column holds.
    enum Kind: String {
        case text
        /// A word or two that stay on one line.
        case word
        case number
    }

    let columns: [(title: String, kind: Kind)]
    /// Groups of rows under a title of their own each; without a title, plain rows.
    private var groups: [(title: HTML, rows: [[HTML]])] = []

    init(_ columns: [(String, Kind)]) { self.columns = columns.map { (title: $0.0, kind: $0.1) } }

    /// Whether it has no row.
    var isEmpty: Bool { groups.allSatisfy(\.rows.isEmpty) }

    mutating func add(_ row: [HTML]) {
        if groups.isEmpty { groups.append((title: "", rows: [])) }
        groups[groups.count - 1].rows.append(row)
    }

    /// Begins a group of rows.
    mutating func begin(_ title: HTML) { groups.append((title: title, rows: [])) }

    var html: HTML {
        let head = columns.map { column -> HTML in
            "<th scope=\"col\" class=\"\(column.kind.rawValue)\">\(column.title)</th>"
        }
        let bodies = groups.filter { !$0.rows.isEmpty }.map { group -> HTML in
            let title: HTML =
                group.title.isEmpty
                ? ""
                : "<tr><th scope=\"rowgroup\" colspan=\"\(columns.count)\" class=\"group\">\(group.title)</th></tr>"
            return "<tbody>\(title)\n\(group.rows.map(row))</tbody>"
        }
        return """
            <div class="scroll"><table>
            <thead><tr>\(head)</tr></thead>
            \(bodies)
            </table></div>
            """
    }

    private func row(_ cells: [HTML]) -> HTML {
        let cells = zip(columns, cells).enumerated().map { index, cell -> HTML in
            index == 0
                ? "<th scope=\"row\" class=\"\(cell.0.kind.rawValue)\">\(cell.1)</th>"
                : "<td class=\"\(cell.0.kind.rawValue)\">\(cell.1)</td>"
        }
        return "<tr>\(cells)</tr>"
    }
}
