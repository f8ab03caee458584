import IoTHub
import NIOConcurrencyHelpers
import TestKit
import Testing

@testable import ServiceClient

/// Requests that carry access tokens.
@Suite(.timeLimit(.minutes(1))) struct BearerTests {
    private let clock = ManualClock(1_700_000_000)
    private let asked = NIOLockedValueBox<[String]>([])
    private static let twin = ScriptedHTTPServer.Answer.response(status: 200, body: ScriptedHub.twin)
    private static let refused = ScriptedHTTPServer.Answer.response(
        status: 401,
        headers: ["iothub-errorcode": "IotHubUnauthorized"],
        body: #"{"Message":"ErrorCode:IotHubUnauthorized;Unauthorized"}"#
    )

    /// Numbers its tokens.
    private var credential: CustomTokenCredential {
        CustomTokenCredential { [asked, clock] scope in
            let number = asked.withLockedValue { asked in
                asked.append(scope)
                return asked.count
            }
            return AccessToken(token: "number-\(number)", expiresOn: clock.read() + 3600)
        }
    }

    private func with(
        _ answers: [ScriptedHTTPServer.Answer],
        _ body: (RegistryManager, ScriptedHTTPServer) async throws -> Void
    ) async throws {
        try await ScriptedHub.with(answers, attempts: 4, credential: credential, clock: clock, body)
    }

    private func tokens(_ server: ScriptedHTTPServer) -> [String?] {
        server.requests.map { $0.header("authorization") }
    }

    @Test("one token of the hubs' scope serves many requests")
    func bearer() async throws {
        try await with([Self.twin, Self.twin]) { manager, server in
            #expect(manager.hostName == "127.0.0.1")
            _ = try await manager.getTwin("d")
            _ = try await manager.getTwin("d")
            #expect(tokens(server) == ["Bearer number-1", "Bearer number-1"])
            #expect(asked.withLockedValue { $0 } == ["https://iothubs.azure.net/.default"])
        }
    }

    @Test("a kept token that the hub refuses is replaced once, and the request sent once more, a write too")
    func refusedOnce() async throws {
        try await with([Self.twin, Self.refused, Self.twin]) { manager, server in
            _ = try await manager.getTwin("d")
            clock.advance(60)
            _ = try await manager.updateTwin("d", patch: ["tags": ["a": 1]])
            #expect(tokens(server) == ["Bearer number-1", "Bearer number-1", "Bearer number-2"])
        }
    }

    @Test("when the new token is refused as well, the hub's words are reported")
    func refusedTwice() async throws {
        try await with([Self.twin, Self.refused, Self.refused]) { manager, server in
            _ = try await manager.getTwin("d")
            clock.advance(60)
            let error = await #expect(throws: ServiceClientError.self) { try await manager.getTwin("d") }
            #expect(error?.status == 401)
            #expect(error?.code == .iotHubUnauthorized)
            #expect(server.requests.count == 3)
        }
    }

    @Test("a new token that is refused is not replaced")
    func refusedAtOnce() async throws {
        try await with([Self.refused]) { manager, server in
            let error = await #expect(throws: ServiceClientError.self) { try await manager.getTwin("d") }
            #expect(error?.status == 401)
            #expect(server.requests.count == 1)
            #expect(asked.withLockedValue { $0.count } == 1)
        }
    }

    @Test("a policy's signature that is refused is not sent again")
    func signature() async throws {
        try await ScriptedHub.with([Self.refused], attempts: 4) { manager, server in
            await #expect(throws: ServiceClientError.self) { try await manager.getTwin("d") }
            #expect(server.requests.count == 1)
        }
    }

    @Test("without a token nothing is sent to the hub, and the call has not been applied")
    func noToken() async throws {
        struct Locked: Error, CustomStringConvertible { var description = "the vault is locked: eyJa.eyJb.c" }
        let locked = CustomTokenCredential { _ in throw Locked() }
        try await ScriptedHub.with([], attempts: 4, credential: locked) { manager, server in
            let error = await #expect(throws: ServiceClientError.self) {
                try await manager.updateTwin("d", patch: ["tags": ["a": 1]])
            }
            #expect(error?.reason == .noToken)
            #expect(error?.mayHaveBeenApplied == false)
            #expect(error?.message == "the credential gave no token: the vault is locked: [redacted]")
            #expect(server.requests.isEmpty)
        }
    }

    @Test("a closed manager asks for no token")
    func closed() async throws {
        try await with([]) { manager, _ in
            try await manager.close()
            let error = await #expect(throws: ServiceClientError.self) { try await manager.getTwin("d") }
            #expect(error?.reason == .closed)
            #expect(asked.withLockedValue { $0.isEmpty })
        }
    }

    @Test(
        "a host name that is none is refused before anything is asked",
        arguments: ["", "https://hub.example", "hub.example/x", "hub:0", "hub:x", "a b", "hub.example\r\nX: y"]
    )
    func badHostNames(host: String) {
        for make in [
            { _ = try RegistryManager.create(hostName: host, credential: credential) },
            { _ = try JobClient.create(hostName: host, credential: credential) },
        ] {
            let error = #expect(throws: ServiceClientError.self) { try make() }
            #expect(error?.reason == .invalidArgument)
        }
    }
}
