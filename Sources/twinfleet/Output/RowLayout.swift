import IoTHub

/// Which columns a table of rows has, and what stands in them.
struct RowLayout {
    /// The columns' headings.
    var titles: [String]
    /// Which columns hold numbers.
    var right: Set<Int> = []
    /// A row's cells; there may be more than headings.
    var cells: (JSON) -> [String]

    /// The layout for the rows of a query, by its first page.
    static func forQuery(_ page: some Collection<JSON>) -> RowLayout {
        let areTwins = page.allSatisfy { $0["deviceId"] != nil && $0["properties"]?.objectValue != nil }
        return areTwins && !page.isEmpty ? twins(page) : members(page)
    }

    /// Whole twins: what tells them apart at a glance; the rest is for `--json`.
    private static func twins(_ page: some Collection<JSON>) -> RowLayout {
        let names =
            ["deviceId"] + (page.contains { $0["moduleId"] != nil } ? ["moduleId"] : [])
            + ["status", "connectionState", "version"]
        return RowLayout(titles: names + ["tags"], right: [names.count - 1]) { row in
            names.map { CellText.cell(row[$0]) } + [CellText.flattened(row["tags"]?.objectValue ?? [:])]
        }
    }

    /// Any rows: a column for each member of the first page's.
    ///
    /// What later rows have besides stands behind the columns.
    private static func members(_ page: some Collection<JSON>) -> RowLayout {
        var names: [String] = []
        for row in page {
            for name in row.objectValue?.keys.map({ $0 }) ?? [] where !names.contains(name) { names.append(name) }
        }
        guard !names.isEmpty else { return RowLayout(titles: ["value"]) { [CellText.cell($0)] } }
        let right = names.indices.filter { index in
            page.allSatisfy { ($0[names[index]] ?? 0).kind == "number" }
        }
        return RowLayout(titles: names.map(CellText.printable), right: Set(right)) { row in
            guard let object = row.objectValue else { return [CellText.cell(row)] }
            let extra = object.filter { !names.contains($0.key) }
            return names.map { CellText.cell(object[$0]) }
                + extra.map { "\(CellText.printable($0.key))=\(CellText.cell($0.value))" }
        }
    }
}
