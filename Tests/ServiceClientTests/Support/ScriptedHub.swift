import IoTHub
import TestKit

@testable import ServiceClient

/// A manager whose hub answers from a script, over plain HTTP.
enum ScriptedHub {
    private static let key = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="

    /// A twin with a tag and desired properties, as a hub sends it.
    static let twin = """
        {"deviceId":"d","etag":"AAAAAAAAAAI=","version":3,"tags":{"location":{"region":"US","plant":"43"}},\
        "properties":{"desired":{"a":1,"fan":{"rpm":900,"on":true},"$version":2,"$metadata":{}},\
        "reported":{"x":1,"$version":1}}}
        """

    /// Runs a body with a manager and the script's server.
    ///
    /// Waits between attempts are 1 ms unless the hub asks for more.
    static func with(
        _ answers: [ScriptedHTTPServer.Answer],
        attempts: Int = 1,
        attemptTimeout: Duration = .seconds(20),
        credential: (any TokenCredential)? = nil,
        clock: ManualClock = ManualClock(1_700_000_000),
        _ body: (RegistryManager, ScriptedHTTPServer) async throws -> Void
    ) async throws {
        let server = try await ScriptedHTTPServer.start(answers: answers)
        var options = ServiceClientOptions()
        options.retryPolicy.maximumAttempts = attempts
        options.retryPolicy.minimumBackoff = .milliseconds(1)
        options.attemptTimeout = attemptTimeout
        let host = "127.0.0.1:\(server.port)"
        let connection =
            if let credential {
                try HubConnection.make(
                    hostName: host,
                    credential: credential,
                    options: options,
                    scheme: "http",
                    clock: clock.read
                )
            } else {
                try HubConnection.make(
                    connectionString: "HostName=\(host);SharedAccessKeyName=p;SharedAccessKey=\(key)",
                    options: options,
                    scheme: "http",
                    clock: clock.read
                )
            }
        let manager = RegistryManager(connection: connection)
        do {
            try await body(manager, server)
        } catch {
            try await manager.close()
            try await server.stop()
            throw error
        }
        try await manager.close()
        try await server.stop()
    }
}
