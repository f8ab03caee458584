import FleetReport
import IoTHub

/// A twin as a tree, for people.
struct TwinView {
    private struct Row {
        var depth: Int
        var name: String
        var value: String
        var time: String
    }

    /// Columns of values beyond which the times are not lined up: one long text shall not push all of them away.
    private static let widestValue = 40

    private let twin: Twin
    private let style: Style

    init(_ twin: Twin, style: Style) {
        self.twin = twin
        self.style = style
    }

    /// The lines of the whole tree.
    func lines(onlyProperties: Bool = false) -> [String] {
        var lines = onlyProperties ? [] : head()
        if !onlyProperties { lines += section("tags", twin.tags) }
        lines += section("desired", twin.properties.desired) + section("reported", twin.properties.reported)
        // Each section begins with an empty line.
        if onlyProperties { lines.removeFirst() }
        return lines
    }

    private func head() -> [String] {
        var facts: [String] = []
        if let module = twin.moduleID { facts.append("module \(module)") }
        if let status = twin.status {
            facts.append(status.rawValue + (twin.statusReason.map { " (\(CellText.printable($0)))" } ?? ""))
        }
        if let state = twin.connectionState { facts.append(state.rawValue.lowercased()) }
        if let time = twin.lastActivityTime { facts.append("last activity \(CellText.time(time))") }
        var second: [String] = []
        if let version = twin.version { second.append("version \(version)") }
        if let etag = twin.etag { second.append("ETag \(etag)") }
        if let model = twin.modelID { second.append("model \(CellText.printable(model))") }
        return [style.apply(.heading, to: twin.deviceID) + "  " + facts.joined(separator: ", ")]
            + (second.isEmpty ? [] : [second.joined(separator: ", ")])
    }

    private func section(_ title: String, _ section: TwinCollection) -> [String] {
        var facts: [String] = []
        if let version = section.version { facts.append("$version \(version)") }
        if let time = section.lastUpdated { facts.append("last updated \(CellText.time(time))") }
        let heading = style.apply(.heading, to: title) + (facts.isEmpty ? "" : "  " + facts.joined(separator: ", "))
        guard !section.isEmpty else { return ["", heading, "  (none)"] }
        let rows = Self.rows(of: section.values, in: section, path: "", depth: 1)
        let names = rows.filter { !$0.value.isEmpty }.map { $0.depth * 2 + $0.name.count }.max() ?? 0
        let values = min(rows.map(\.value.count).max() ?? 0, Self.widestValue)
        return ["", heading]
            + rows.map { row in
                let name = String(repeating: " ", count: row.depth * 2) + row.name
                if row.value.isEmpty { return name }
                let line = Format.left(name, names) + "  " + row.value
                guard !row.time.isEmpty else { return line }
                let padding = String(repeating: " ", count: max(0, values - row.value.count) + 2)
                return line + padding + style.apply(.faint, to: row.time)
            }
    }

    private static func rows(of object: JSONObject, in section: TwinCollection, path: String, depth: Int) -> [Row] {
        object.flatMap { key, value in
            let here = path.isEmpty ? key : "\(path).\(key)"
            let name = CellText.printable(key)
            if case .object(let inner) = value, !inner.isEmpty {
                return [Row(depth: depth, name: name, value: "", time: "")]
                    + rows(of: inner, in: section, path: here, depth: depth + 1)
            }
            let time = CellText.time(section.lastUpdated(at: here))
            return [Row(depth: depth, name: name, value: CellText.printable(value.text), time: time)]
        }
    }
}
