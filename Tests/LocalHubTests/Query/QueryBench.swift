import IoTHub
import Testing

@testable import LocalHub

extension ServiceBench {
    /// Sends a query for one page.
    func query(_ text: String, size: Int? = nil, continuation: String? = nil) throws -> Reply {
        try send(
            "POST",
            "/devices/query",
            (["query": .string(text)] as JSON).text,
            paging: Paging(maxItemCount: size.map(String.init), continuation: continuation)
        )
    }

    /// All pages of a query; `between` is called after each of them.
    func pages(_ text: String, size: Int? = nil, between: (Reply) throws -> Void = { _ in }) throws -> [[JSON]] {
        var pages: [[JSON]] = []
        var continuation: String?
        repeat {
            let reply = try query(text, size: size, continuation: continuation)
            try #require(reply.status == 200, "\(reply.json)")
            pages.append(reply.json.arrayValue ?? [])
            continuation = reply.continuation
            try between(reply)
        } while continuation != nil
        return pages
    }

    /// Registers devices `d0000` and so on, with the tags and reported properties of Microsoft's article.
    func addFleet(_ count: Int) throws {
        for number in 0..<count {
            let id = Self.id(number)
            try registry.createDevice(Device(id: id))
            let plant = number.isMultiple(of: 2) ? "Redmond43" : "Munich7"
            let tags: JSONObject = [
                "location": ["region": "US", "plant": .string(plant)], "n": .integer(Int64(number)),
            ]
            try registry.patchTwin(id, with: TwinWrite(tags: tags))
            let type = number.isMultiple(of: 3) ? "cellular" : "wifi"
            _ = try registry.patchReported(id, ["connectivity": ["type": .string(type)]], ifVersion: nil)
        }
    }

    /// The id of a device of `addFleet`.
    static func id(_ number: Int) -> String {
        let digits = String(number)
        return "d" + String(repeating: "0", count: max(0, 4 - digits.count)) + digits
    }
}

extension [JSON] {
    /// The device ids of rows.
    var ids: [String] { compactMap { $0["deviceId"]?.stringValue } }
}
