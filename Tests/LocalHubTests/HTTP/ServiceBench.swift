import IoTHub
import NIOConcurrencyHelpers
import TwinQuery

@testable import LocalHub

/// The service API without sockets, with a clock that moves only when told.
struct ServiceBench {
    static let time = HubTimestamp(secondsSinceEpoch: 1_700_000_000, nanoseconds: 0)

    let registry: TwinRegistry
    let api: ServiceAPI
    /// What jobs do in the background waits here.
    let background = ManualBackground()
    private let clock = NIOLockedValueBox(ServiceBench.time)
    private let ending: Ending

    init(
        policies: SharedAccessPolicies = .random(),
        entra: EntraAuthorizer? = nil,
        queryMode: QueryMode = .strict,
        journal: Journal? = nil
    ) {
        registry = TwinRegistry(
            policies: policies,
            journal: journal,
            clock: { [clock] in clock.withLockedValue { $0 } }
        )
        ending = Ending(background: background)
        api = ServiceAPI(
            registry: registry,
            hostNames: ["localhost", "hub.lan"],
            entra: entra,
            queryMode: queryMode,
            background: background
        )
    }

    /// Moves the clock on, and with it the work that was to wait so long.
    func advance(seconds: Int64) {
        clock.withLockedValue { $0.ticksSinceEpoch += seconds * 10_000_000 }
        background.advance(seconds: seconds)
    }

    /// The bench's end: work that was never done holds what it waits in, and would keep both for ever.
    private final class Ending: Sendable {
        private let background: ManualBackground

        init(background: ManualBackground) { self.background = background }

        deinit { background.drop() }
    }

    /// An answer in the terms of tests.
    struct Reply {
        var status: Int
        var json: JSON
        var code: IoTHubErrorCode?
        var etag: ETag?
        var itemType: String?
        var continuation: String?

        /// The text of an error.
        var message: String { json["Message"]?.stringValue ?? "" }
    }

    /// A token of a policy.
    func token(
        _ policy: String = "iothubowner",
        resource: String = "localhost",
        key: String? = nil,
        expiry: Int64? = nil
    ) throws -> String {
        try SharedAccessSignature.create(
            resource: resource,
            key: key ?? registry.policies[policy]?.primaryKey ?? SymmetricKey.randomKey(),
            expiry: expiry ?? registry.now().secondsSinceEpoch + 3600,
            policy: policy
        ).token
    }

    /// Sends a request; `api-version` is added unless the target has a query.
    func send(
        _ method: String,
        _ target: String,
        _ body: String = "",
        ifMatch: String? = nil,
        paging: Paging = Paging(),
        policy: String = "iothubowner"
    ) throws -> Reply {
        try send(method, target, body, ifMatch: ifMatch, paging: paging, token: token(policy))
    }

    /// Sends a request with this token, or none.
    func send(
        _ method: String,
        _ target: String,
        _ body: String = "",
        ifMatch: String? = nil,
        paging: Paging = Paging(),
        token: String?
    ) throws -> Reply {
        let head = ServiceAPI.Head(
            method: method,
            target: target.contains("?") ? target : target + "?api-version=2021-04-12",
            authorization: token,
            ifMatch: ifMatch,
            paging: paging
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
            etag: answer.etag,
            itemType: answer.itemType?.rawValue,
            continuation: answer.continuation
        )
    }
}
