import LocalHub
import ServiceClient
import TestKit

extension TestHub {
    /// Runs a body with a hub and a client of one of its policies.
    static func withManager(
        policy: String = "iothubowner",
        _ body: (TestHub, RegistryManager) async throws -> Void
    ) async throws {
        try await TestHub.with { test in
            var options = ServiceClientOptions()
            options.trustedCAFile = test.hub.certificateAuthorityFile
            let manager = try RegistryManager.create(
                connectionString: test.hub.connectionString(policy: policy),
                options: options
            )
            let result = await Result { () async throws in try await body(test, manager) }
            try await manager.close()
            try result.get()
        }
    }
}
