import IoTHub

/// What a client sends for one page of a query.
///
/// Source: Azure IoT Hub service REST API, "Query - Get Twins".
struct QueryRequest: Sendable, Hashable {
    /// Most characters in a query or a condition.
    static let longestText = 8192

    /// The query.
    let text: String
    /// Which page of it.
    let paging: Paging

    /// Reads the body.
    /// - Throws: `IoTHubError`: `argumentNull` without a query, `argumentInvalid` for what is no text or too long.
    init(json: JSON, paging: Paging) throws(IoTHubError) {
        guard case .object(let body) = json else {
            throw IoTHubError(.argumentInvalid, "BadRequest; expected {\"query\": \"SELECT …\"}, found \(json.kind)")
        }
        let query = body["query"] ?? .null
        guard !query.isNull else { throw IoTHubError(.argumentNull, "BadRequest; expected a text 'query'") }
        guard let text = query.stringValue else {
            throw IoTHubError(.argumentInvalid, "BadRequest; expected a text 'query', found \(query.kind)")
        }
        guard text.count <= Self.longestText else {
            throw IoTHubError(
                .argumentInvalid,
                "BadRequest; the query has \(text.count) characters; at most \(Self.longestText) are allowed"
            )
        }
        self.text = text
        self.paging = paging
    }
}
