import IoTHub

@testable import LocalHub

/// The service API without sockets, with a clock that stands still.
struct ServiceBench {
    static let time = HubTimestamp(secondsSinceEpoch: 1_700_000_000, nanoseconds: 0)

    let registry = TwinRegistry(clock: { ServiceBench.time })
    let api: ServiceAPI

    init() { api = ServiceAPI(registry: registry, hostNames: ["localhost", "hub.lan"]) }

    /// An answer in the terms of tests.
    struct Reply {
        var status: Int
        var json: JSON
        var code: IoTHubErrorCode?
        var etag: ETag?

        /// The text of an error.
        var message: String { json["Message"]?.stringValue ?? "" }
    }

    /// A token of a policy.
    func token(
        _ policy: String = "iothubowner",
        resource: String = "localhost",
        key: String? = nil,
        expiry: Int64 = ServiceBench.time.secondsSinceEpoch + 3600
    ) throws -> String {
        try SharedAccessSignature.create(
            resource: resource,
            key: key ?? registry.policies[policy]?.primaryKey ?? SymmetricKey.randomKey(),
            expiry: expiry,
            policy: policy
        ).token
    }

    /// Sends a request; `api-version` is added unless the target has a query.
    func send(
        _ method: String,
        _ target: String,
        _ body: String = "",
        ifMatch: String? = nil,
        policy: String = "iothubowner"
    ) throws -> Reply {
        try send(method, target, body, ifMatch: ifMatch, token: token(policy))
    }

    /// Sends a request with this token, or none.
    func send(
        _ method: String,
        _ target: String,
        _ body: String = "",
        ifMatch: String? = nil,
        token: String?
    ) throws -> Reply {
        let head = ServiceAPI.Head(
            method: method,
            target: target.contains("?") ? target : target + "?api-version=2021-04-12",
            authorization: token,
            ifMatch: ifMatch
        )
        let answer: ServiceAnswer
        do {
            let route = try api.admit(head)
            answer = Array(body.utf8).withUnsafeBytes { api.answer(route, head, body: $0) }
        } catch {
            answer = api.refuse(error)
        }
        return Reply(
            status: answer.status,
            json: try answer.body.map { try JSON(parsing: $0) } ?? .null,
            code: answer.errorCode,
            etag: answer.etag
        )
    }
}
