import IoTHub
import LocalHub
import ServiceClient
import TestKit

/// A manager and the local hub that it talks to, over TLS.
enum RealHub {
    /// Runs a body with a manager and its hub.
    static func with<Result: Sendable>(
        _ body: (RegistryManager, LocalHub) async throws -> Result
    ) async throws -> Result {
        try await TestHub.with { test in
            var options = ServiceClientOptions()
            options.trustedCAFile = test.hub.certificateAuthorityFile
            let manager = try RegistryManager.create(connectionString: test.hub.connectionString(), options: options)
            do {
                let result = try await body(manager, test.hub)
                try await manager.close()
                return result
            } catch {
                try await manager.close()
                throw error
            }
        }
    }

    /// The code of the refusal that a call meets.
    static func refusal(_ call: () async throws -> Void) async -> IoTHubErrorCode? {
        do {
            try await call()
            return nil
        } catch {
            return (error as? ServiceClientError)?.code
        }
    }
}
