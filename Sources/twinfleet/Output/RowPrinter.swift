import ArgumentParser
import FleetReport
import IoTHub

/// How rows are printed.
enum RowFormat: String, CaseIterable, ExpressibleByArgument {
    /// Columns, for people.
    case table
    /// One JSON array.
    case json
    /// One JSON value per line, each complete as soon as it is there.
    case jsonl
}

/// Prints rows page by page; it keeps none.
struct RowPrinter {
    private let format: RowFormat
    private let style: Style
    private let output: Output
    private let layout: ([JSON]) -> RowLayout
    private var table: (layout: RowLayout, table: Table)?
    /// Rows so far.
    private(set) var count = 0

    /// - Parameters:
    ///   - format: how.
    ///   - output: where to.
    ///   - style: for headings.
    ///   - layout: the columns of a table, by the first page that has rows.
    init(_ format: RowFormat, to output: Output, style: Style, layout: @escaping ([JSON]) -> RowLayout) {
        self.format = format
        self.output = output
        self.style = style
        self.layout = layout
    }

    /// Whether people read it, so that a remark is no nuisance.
    var isForPeople: Bool { format == .table }

    /// Prints a page.
    mutating func page(_ rows: [JSON]) throws {
        guard !rows.isEmpty else { return }
        switch format {
        case .table: try tablePage(rows)
        case .json:
            for (index, row) in rows.enumerated() {
                // The comma belongs to the element before, which was the last as far as anybody knew.
                try output.text(count + index == 0 ? "[\n" : ",\n")
                try output.text(row.readableText)
            }
        case .jsonl:
            for row in rows { try output.line(row.text) }
        }
        count += rows.count
        try output.flush()
    }

    /// Prints what comes behind the last row.
    func end() throws {
        guard format == .json else { return }
        try output.line(count == 0 ? "[]" : "\n]")
    }

    private mutating func tablePage(_ rows: [JSON]) throws {
        let (layout, table): (RowLayout, Table)
        if let known = self.table {
            (layout, table) = known
        } else {
            layout = self.layout(rows)
            table = Table(titles: layout.titles, sample: rows.map(layout.cells), right: layout.right)
            self.table = (layout, table)
            try output.line(table.heading(style))
        }
        for row in rows { try output.line(table.line(layout.cells(row))) }
    }
}
