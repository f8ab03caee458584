import FleetReport

/// A table whose column widths follow from its headings and its first rows; later rows that are wider push to the right.
struct Table {
    private struct Column {
        var width: Int
        var alignsRight: Bool
    }

    private static let gap = "  "

    private let titles: [String]
    private let columns: [Column]

    /// - Parameters:
    ///   - titles: the headings.
    ///   - sample: rows that the widths are taken from.
    ///   - right: which columns hold numbers and lean to the right.
    init(titles: [String], sample: [[String]], right: Set<Int> = []) {
        self.titles = titles
        columns = titles.indices.map { index in
            let cells = sample.map { index < $0.count ? $0[index].count : 0 }
            return Column(width: max(titles[index].count, cells.max() ?? 0), alignsRight: right.contains(index))
        }
    }

    /// The line with the headings.
    func heading(_ style: Style) -> String { style.apply(.heading, to: line(titles)) }

    /// The line of a row.
    func line(_ cells: [String]) -> String {
        let padded = cells.enumerated().map { index, cell in
            guard index < columns.count else { return cell }
            let column = columns[index]
            if column.alignsRight { return Format.right(cell, column.width) }
            return index == cells.count - 1 ? cell : Format.left(cell, column.width)
        }
        var line = padded.joined(separator: Self.gap)
        while line.last == " " { line.removeLast() }
        return line
    }
}
