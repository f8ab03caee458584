import IoTHub
import ServiceClient

/// The table of devices, a page of a hundred at a time.
struct DeviceTable: Sendable {
    /// Rows of a page.
    static let pageSize = 100

    let hub: PageHub.Access
    /// Tells a refused query with its place.
    let explain: @Sendable (ServiceClientError, String) -> String

    /// The query that a search means: a whole one as it is, anything else as a condition, nothing as all devices.
    static func query(for search: String) -> String {
        let text = search.trimmingBlanks
        if text.isEmpty { return "SELECT * FROM devices" }
        if text.prefix(7).lowercased().hasPrefix("select"), text.dropFirst(6).first.map(\.isWhitespace) ?? true {
            return text
        }
        let condition =
            text.prefix(5).lowercased() == "where" && text.dropFirst(5).first.map(\.isWhitespace) ?? false
            ? String(text.dropFirst(6)).trimmingBlanks : text
        return "SELECT * FROM devices WHERE \(condition)"
    }

    /// A page of the answer.
    /// - Parameters:
    ///   - search: what the search box holds.
    ///   - page: `next` of the page before; nil for the first.
    /// - Returns: `query`, `rows`, `refresh`, which is when to ask again in seconds, and `next`, null on the last page.
    /// - Throws: ``PageFailure``.
    func page(search: String, page: String?) async throws(PageFailure) -> JSONObject {
        let sql = Self.query(for: search)
        do {
            let query = hub.manager.createQuery(sql, pageSize: Self.pageSize)
            let answer = try await query.nextAsJSON(continuationToken: page)
            return [
                "query": .string(sql), "rows": .array(answer.rows.map(Self.row)),
                "refresh": .integer(hub.pace.table.components.seconds),
                "next": answer.continuationToken.map { .string($0) } ?? .null,
            ]
        } catch let error as ServiceClientError where error.reason == .refused && error.status == 400 {
            throw PageFailure(400, explain(error, sql))
        } catch {
            throw PageFailure(error)
        }
    }

    /// What the table shows of a twin; of a row that is none, all that it has.
    ///
    /// Taken from the row as it is: a hundred twins are not read whole every two seconds for six of their members.
    static func row(_ row: JSON) -> JSON {
        guard let id = row["deviceId"]?.stringValue, let desired = row["properties"]?["desired"] else {
            return ["raw": .string(String(row.text.prefix(2000)))]
        }
        return [
            "id": .string(id),
            "state": .string(row["connectionState"]?.stringValue ?? "unknown"),
            "status": .string(row["status"]?.stringValue ?? "unknown"),
            "tags": .string(tags(row["tags"]?.objectValue ?? [:])),
            "desiredVersion": desired["$version"] ?? .null,
            "activity": activity(row["lastActivityTime"]?.stringValue),
        ]
    }

    /// When the device was last seen; null for never.
    private static func activity(_ time: String?) -> JSON {
        guard let time, time != HubTimestamp.never.description else { return .null }
        return .string(time)
    }

    /// The leaves of the tags, such as `location.plant=Redmond43`, cut off where a cell ends.
    private static func tags(_ tags: JSONObject) -> String {
        var leaves: [String] = []
        func add(_ object: JSONObject, _ path: String) {
            for (key, value) in object {
                if let object = value.objectValue, !object.isEmpty {
                    add(object, "\(path)\(key).")
                } else {
                    leaves.append("\(path)\(key)=\(value.stringValue ?? value.text)")
                }
            }
        }
        add(tags, "")
        let text = leaves.joined(separator: ", ")
        return text.count <= 200 ? text : "\(text.prefix(199))…"
    }
}

extension String {
    fileprivate var trimmingBlanks: String {
        var text = self[...]
        while text.first?.isWhitespace == true { text.removeFirst() }
        while text.last?.isWhitespace == true { text.removeLast() }
        return String(text)
    }
}
