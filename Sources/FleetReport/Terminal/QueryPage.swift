import FleetRunner

/// The fleet's queries: the condition, and under it how the hub's answer compares with the fleet.
struct QueryPage {
    /// Devices that are named of each kind of fault.
    private static let named = 5
    /// As wide as the marks.
    private static let indent = "      "

    let result: RunResult

    func add(to page: inout Page) {
        guard !result.queries.isEmpty else { return }
        page.heading("queries")
        for query in result.queries {
            let (mark, tone): (String, Style.Tone) =
                switch QueryMark(query, in: result) {
                case .ok: ("ok    ", .good)
                case .allowed: ("allow ", .doubtful)
                case .failed: ("FAIL  ", .bad)
                }
            page.row(head: mark, query.condition, tone: tone)
            page.row(head: Self.indent, text(of: query))
            if let failure = query.failure { page.row(head: Self.indent + "no answer: ", failure) }
            for (name, devices) in [
                ("missing", query.missing), ("unexpected", query.unexpected), ("repeated", query.repeated),
            ] where !devices.isEmpty {
                page.row(head: Self.indent + "\(name): ", list(devices))
            }
        }
    }

    private func text(of query: QueryOutcome) -> String {
        var text = "\(Format.count(query.expected)) expected"
        if query.failure == nil {
            text +=
                ", \(Format.count(query.returned)) returned; \(Format.count(query.rows, "row")) on "
                + Format.count(query.pages, "page")
        }
        if query.others > 0 { text += ", \(Format.count(query.others)) of other devices" }
        text += query.agrees ? "; agreed after " : "; given up after "
        text += "\(Format.duration(query.duration)), asked \(times(query.attempts))"
        if query.leftOut > 0 { text += "; \(Format.count(query.leftOut, "device")) not ready and not compared" }
        return text
    }

    private func times(_ count: Int) -> String { count == 1 ? "once" : "\(Format.count(count)) times" }

    private func list(_ devices: [String]) -> String {
        let more = devices.count - Self.named
        return devices.prefix(Self.named).joined(separator: ", ")
            + (more > 0 ? " and \(Format.count(more)) more; summary.json names them all" : "")
    }
}
