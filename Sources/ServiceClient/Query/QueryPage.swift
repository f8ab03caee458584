import IoTHub
import NIOHTTP1

/// One page as the hub sends it.
struct QueryPage: Sendable {
    var rows: [JSON]
    /// What the rows are: `Twin`, `DeviceJob` or `Raw`; `nil` when the hub does not say.
    var itemType: String?
    /// `nil` on the last page.
    var continuationToken: String?
}

extension RegistryManager {
    /// Asks for one page; it is a POST that only reads, so it may be sent again.
    ///
    /// Source: Azure IoT Hub service REST API, "Query - Get Twins".
    func page(of sql: String, size: Int?, continuationToken: String?) async throws -> QueryPage {
        var request = HubRequest(method: .POST, path: "/devices/query", isRepeatable: true)
        if let size {
            guard size > 0 else {
                throw WriteCheck(operation: request.name).refuse("the page size is \(size); expected 1 or more")
            }
            request.headers.append(("x-ms-max-item-count", "\(size)"))
        }
        if let continuationToken { request.headers.append(("x-ms-continuation", continuationToken)) }
        let body: JSONObject = ["query": .string(sql)]
        request.body = body.serialized()
        let response = try await connection.send(request)
        return try connection.decode(response, of: request) { json in
            guard let rows = json.arrayValue else { throw UnexpectedAnswer.kind(json, expected: "an array") }
            let token = response.headers.first(name: "x-ms-continuation")
            return QueryPage(
                rows: rows,
                itemType: response.headers.first(name: "x-ms-item-type"),
                continuationToken: token?.isEmpty == true ? nil : token
            )
        }
    }
}
