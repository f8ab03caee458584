import IoTHub
import TestKit

@testable import LocalHub

/// The service API of a hub that takes the tokens of one issuer, without sockets, and the issuer's key.
struct EntraBench {
    static let issuer = "https://login.example/tenant/v2.0"
    static let now = ServiceBench.time.secondsSinceEpoch

    let bench: ServiceBench
    let key: SigningKey

    /// - Parameters:
    ///   - roles: principals and their roles, as on the command line.
    ///   - keys: the issuer's further keys.
    /// - Throws: when keys or roles cannot be used.
    init(roles: [String] = ["app=IoT Hub Data Contributor"], keys: [SigningKey] = []) async throws {
        key = try await .rsa()
        let folder = try TemporaryDirectory()
        let file = try folder.write(SigningKey.set(of: [key] + keys), to: "keys.json")
        let authorizer = try await EntraAuthorizer(
            EntraConfiguration(
                issuer: Self.issuer,
                keys: .file(file),
                assignments: roles.map { try EntraRoleAssignment(parsing: $0) }
            ),
            logger: LocalHub.Configuration().logger
        )
        bench = ServiceBench(entra: authorizer)
        try bench.registry.createDevice(Device(id: "d"))
    }

    /// The claims of a good token, with some of them replaced; null takes one out.
    func claims(_ others: JSONObject = [:]) -> JSONObject {
        var claims: JSONObject = [
            "iss": .string(Self.issuer), "aud": "https://iothubs.azure.net", "appid": "app",
            "oid": "9AC52c7b-1111-2222-3333-444444444444", "sub": "Sub_-1", "nbf": .integer(Self.now - 60),
            "exp": .integer(Self.now + 3600),
        ]
        for (name, value) in others {
            claims[name] = value
            if value == .null { claims.removeValue(forKey: name) }
        }
        return claims
    }

    /// Reads a twin with a token.
    func read(_ token: String) throws -> ServiceBench.Reply {
        try bench.send("GET", "/twins/d", token: "Bearer \(token)")
    }
}
