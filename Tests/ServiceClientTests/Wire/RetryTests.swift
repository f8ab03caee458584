import IoTHub
import NIOHTTP1
import TestKit
import Testing

@testable import ServiceClient

/// Failures that a well-behaved hub does not show, played by a scripted server over plain HTTP.
@Suite(.timeLimit(.minutes(1))) struct RetryTests {
    private static let key = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="

    private func update(_ manager: RegistryManager) async throws -> Twin {
        try await manager.updateTwin("d", patch: ["properties": ["desired": ["a": 1]]])
    }

    @Test("a twin update refused with 429 and 503 is sent again until it is accepted")
    func throttled() async throws {
        let refused = ScriptedHTTPServer.Answer.response(
            status: 429,
            headers: ["iothub-errorcode": "ThrottlingException"],
            body: #"{"Message":"ErrorCode:ThrottlingException;wait"}"#
        )
        let answers = [refused, .response(status: 503), .response(status: 200, body: ScriptedHub.twin)]
        try await ScriptedHub.with(answers, attempts: 4) { manager, server in
            let twin = try await update(manager)
            #expect(twin.properties.desired.version == 2)
            #expect(server.requests.count == 3)
            #expect(Set(server.requests.map(\.body)) == [#"{"properties":{"desired":{"a":1}}}"#])
        }
    }

    @Test("after the last attempt the hub's own words are reported")
    func throttledForGood() async throws {
        let refused = ScriptedHTTPServer.Answer.response(
            status: 429,
            headers: ["iothub-errorcode": "ThrottlingException", "Retry-After": "0"],
            body: #"{"Message":"ErrorCode:ThrottlingException;wait","ExceptionMessage":"Tracking ID:t"}"#
        )
        try await ScriptedHub.with([refused, refused, refused, refused], attempts: 4) { manager, server in
            let error = await #expect(throws: ServiceClientError.self) { try await update(manager) }
            #expect(error?.reason == .refused)
            #expect(error?.status == 429)
            #expect(error?.code == .throttlingException)
            #expect(error?.trackingID == "t")
            #expect(error?.retryAfter == .zero)
            #expect(error?.mayHaveBeenApplied == false)
            #expect(
                error?.description == "PATCH /twins/d: the hub answered 429 ThrottlingException: wait (tracking id t)"
            )
            #expect(server.requests.count == 4)
        }
    }

    @Test("the wait that Retry-After names is kept")
    func retryAfter() async throws {
        let answers: [ScriptedHTTPServer.Answer] = [
            .response(status: 429, headers: ["Retry-After": "1"]), .response(status: 200, body: ScriptedHub.twin),
        ]
        try await ScriptedHub.with(answers, attempts: 4) { manager, _ in
            let start = ContinuousClock.now
            _ = try await manager.getTwin("d")
            #expect(ContinuousClock.now - start >= .seconds(1))
        }
    }

    @Test("a Retry-After beyond the time allowed fails at once")
    func retryAfterTooLong() async throws {
        let refused = ScriptedHTTPServer.Answer.response(status: 429, headers: ["Retry-After": "3600"])
        try await ScriptedHub.with([refused], attempts: 4) { manager, server in
            let error = await #expect(throws: ServiceClientError.self) { try await manager.getTwin("d") }
            #expect(error?.retryAfter == .seconds(3600))
            #expect(server.requests.count == 1)
        }
    }

    @Test("a read is sent again after 500, a lost connection and a time-out", .timeLimit(.minutes(1)))
    func repeatable() async throws {
        let answers: [ScriptedHTTPServer.Answer] = [
            .response(status: 500), .close, .silence, .response(status: 200, body: ScriptedHub.twin),
        ]
        try await ScriptedHub.with(answers, attempts: 4, attemptTimeout: .seconds(8)) { manager, server in
            let twin = try await manager.getTwin("d")
            #expect(twin.deviceID == "d")
            #expect(server.requests.count == 4)
        }
    }

    @Test(
        "a twin update whose fate is unknown is not sent twice",
        arguments: [
            (ScriptedHTTPServer.Answer.response(status: 500), ServiceClientError.Reason.refused),
            (.close, .connectionLost), (.silence, .timedOut),
            (.raw("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{"), .connectionLost),
        ]
    )
    func ambiguous(answer: ScriptedHTTPServer.Answer, reason: ServiceClientError.Reason) async throws {
        // Only silence is waited out; the others come in time, also on a machine that is busy.
        let limit: Duration = reason == .timedOut ? .seconds(2) : .seconds(20)
        try await ScriptedHub.with([answer], attempts: 4, attemptTimeout: limit) { manager, server in
            let error = await #expect(throws: ServiceClientError.self) { try await update(manager) }
            #expect(error?.reason == reason)
            #expect(error?.mayHaveBeenApplied == true)
            #expect(server.requests.count == 1)
        }
    }

    @Test(
        "an answer that is not the API's is an error, not a crash",
        arguments: ["", "{", "[]", "null", "\"x\"", "{\"deviceId\":7}", "<html></html>"]
    )
    func unreadable(body: String) async throws {
        try await ScriptedHub.with([.response(status: 200, body: body)], attempts: 4) { manager, _ in
            let error = await #expect(throws: ServiceClientError.self) { try await manager.getTwin("d") }
            #expect(error?.reason == .unreadableAnswer)
        }
    }

    @Test("bytes that are not HTTP are an error, not a crash")
    func notHTTP() async throws {
        try await ScriptedHub.with([.raw("SSH-2.0-OpenSSH_9.2\r\n")], attempts: 4) { manager, _ in
            let error = await #expect(throws: ServiceClientError.self) { try await update(manager) }
            #expect(error?.reason == .unreadableAnswer)
        }
    }

    @Test("a redirect is not followed, for the token would go along")
    func redirect() async throws {
        let elsewhere = ScriptedHTTPServer.Answer.response(status: 302, headers: ["Location": "http://127.0.0.1:1/"])
        try await ScriptedHub.with([elsewhere], attempts: 4) { manager, server in
            let error = await #expect(throws: ServiceClientError.self) { try await manager.getTwin("d") }
            #expect(error?.status == 302)
            #expect(server.requests.count == 1)
        }
    }

    @Test("a hub that never answered is reported at once, one that did is waited for")
    func unreachable() async throws {
        let server = try await ScriptedHTTPServer.start(answers: [])
        let port = server.port
        try await server.stop()
        let manager = try RegistryManager.create(
            connectionString: "HostName=127.0.0.1:\(port);SharedAccessKeyName=p;SharedAccessKey=\(Self.key)"
        )
        let error = await #expect(throws: ServiceClientError.self) { try await manager.getTwin("d") }
        #expect(error?.reason == .unreachable, "\(String(describing: error))")
        #expect(error?.description.contains("https://127.0.0.1:\(port)") == true)
        #expect(error?.description.contains("refused") == true)
        try await manager.close()
    }

    @Test("a cancelled task ends its call")
    func cancellation() async throws {
        try await ScriptedHub.with([.silence], attempts: 4) { manager, server in
            let call = Task { try await manager.getTwin("d") }
            _ = await server.nextRequest()
            call.cancel()
            await #expect(throws: CancellationError.self) { try await call.value }
        }
    }

    @Test("a closed client says so")
    func closed() async throws {
        try await ScriptedHub.with([], attempts: 4) { manager, _ in
            try await manager.close()
            let error = await #expect(throws: ServiceClientError.self) { try await manager.getTwin("d") }
            #expect(error?.reason == .closed)
        }
    }
}
