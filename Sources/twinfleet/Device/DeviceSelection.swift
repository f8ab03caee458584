import IoTHub

/// The devices that a condition selects.
enum DeviceSelection {
    /// The query for a condition; `*`, as jobs have it, and none mean all devices.
    static func query(_ selection: String, where condition: String?) -> String {
        let all = "SELECT \(selection) FROM devices"
        guard let condition, condition != "*" else { return all }
        return "\(all) WHERE \(condition)"
    }

    /// The ids of the devices for which a condition holds, in the hub's order.
    /// - Throws: `CommandError`, with the place of the fault in a bad condition.
    static func ids(where condition: String, _ backEnd: BackEnd, progress: Progress? = nil) async throws -> [String] {
        var ids: [String] = []
        try await QueryPages(query("deviceId", where: condition)).read(backEnd, progress: progress) { rows in
            for row in rows {
                guard let id = row["deviceId"]?.stringValue else {
                    throw CommandError(.unavailable, "the hub answers a query for device ids with \(row.text)")
                }
                ids.append(id)
            }
        }
        return ids
    }

    /// The ids, each once, in the order in which they came.
    static func unique(_ ids: [String]) -> [String] {
        var seen: Set<String> = []
        return ids.filter { seen.insert($0).inserted }
    }
}
