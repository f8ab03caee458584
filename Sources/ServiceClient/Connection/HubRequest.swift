import IoTHub
import NIOCore
import NIOHTTP1

/// One request to the service API.
struct HubRequest: Sendable {
    /// Source: Azure IoT Hub service REST API; the newest stable version, used by Microsoft's current SDKs.
    static let apiVersion = "2021-04-12"

    var method: HTTPMethod
    /// The path, each segment percent-encoded, without the query.
    var path: String
    /// What the query has besides the API's version; values not yet percent-encoded.
    var query: [(name: String, value: String)] = []
    /// Header fields besides those of every request.
    var headers: [(name: String, value: String)] = []
    var body: [UInt8]?
    /// The entity tag for `If-Match`, without quotes; `*` matches any.
    var ifMatch: String?
    /// Whether doing it twice has the effect of doing it once.
    var isRepeatable: Bool
    /// Statuses besides 2xx that the caller understands.
    var alsoAccepted: Set<Int> = []

    /// Method and path, for messages.
    var name: String { "\(method.rawValue) \(path)" }

    /// Path and query.
    var target: String {
        query.reduce(into: "\(path)?api-version=\(Self.apiVersion)") {
            $0 += "&\($1.name)=\(PercentEncoding.encode($1.value))"
        }
    }

    static func get(_ path: String) -> HubRequest {
        HubRequest(method: .GET, path: path, isRepeatable: true)
    }
}

/// The complete answer to a ``HubRequest``.
struct HubResponse: Sendable {
    var status: HTTPResponseStatus
    var headers: HTTPHeaders
    var body: ByteBuffer
}
