import FleetReport
import IoTHub

/// What a write changed in a twin's tags and desired properties.
struct TwinDifference {
    /// One value that is different.
    struct Change: Equatable {
        /// Where, such as `desired.telemetryConfig.sendFrequency`.
        var path: String
        /// The value before; nil when there was none.
        var old: JSON?
        /// The value after; nil when there is none.
        var new: JSON?
    }

    let changes: [Change]
    private let after: Twin

    init(from before: Twin, to after: Twin) {
        self.after = after
        changes =
            Self.changes(before.tags.values, after.tags.values, path: "tags")
            + Self.changes(before.properties.desired.values, after.properties.desired.values, path: "desired")
    }

    /// The difference for people, with the versions to go on from.
    func lines(_ style: Style) -> [String] {
        let width = changes.map(\.path.count).max() ?? 0
        var lines = [style.apply(.heading, to: after.deviceID)]
        lines += changes.map { change in
            let path = "  " + Format.left(CellText.printable(change.path), width) + "  "
            return switch (change.old, change.new) {
            case (let old?, let new?): "\(path)\(CellText.printable(old.text)) → \(CellText.printable(new.text))"
            case (nil, let new?): "\(path)\(CellText.printable(new.text)), new"
            case (let old, nil): "\(path)removed, was \(CellText.printable(old?.text ?? ""))"
            }
        }
        if changes.isEmpty { lines.append("  no value is different") }
        let version = after.properties.desired.version.map { "desired $version \($0), " } ?? ""
        lines.append("  \(version)ETag \(after.etag?.rawValue ?? "none")")
        return lines
    }

    /// Objects are compared member by member, all else as a whole.
    private static func changes(_ before: JSONObject, _ after: JSONObject, path: String) -> [Change] {
        let names = before.keys.map { $0 } + after.keys.filter { before[$0] == nil }
        return names.flatMap { name -> [Change] in
            let here = "\(path).\(name)"
            switch (before[name], after[name]) {
            case (.object(let old)?, .object(let new)?): return changes(old, new, path: here)
            case (let old, let new): return old == new ? [] : [Change(path: here, old: old, new: new)]
            }
        }
    }
}
