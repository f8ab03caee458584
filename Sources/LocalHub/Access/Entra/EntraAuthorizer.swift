import IoTHub
import Logging

/// Decides whether the bearer of an access token may make a service request.
///
/// Source: Azure IoT Hub documentation, "Control access to IoT Hub by using Microsoft Entra ID"; RFC 7519.
final class EntraAuthorizer: Sendable {
    /// How far the clocks of hub and issuer may differ: as with shared access signatures.
    private static let leeway = SharedAccessSignature.allowedClockSkew
    /// The claims that name a principal, in the order in which messages take them.
    private static let principalClaims = ["oid", "appid", "azp", "sub"]

    private let issuer: String
    private let audience: String
    private let actions: [String: Set<DataAction>]
    private let keys: EntraKeyStore
    private let questions = LooseTasks()

    /// Reads the keys if they are in a file; those at an address are asked for with the first token.
    /// - Throws: `LocalHubError` for a setting that cannot work, or a file that holds no keys.
    init(_ configuration: EntraConfiguration, logger: Logger) async throws {
        guard !configuration.issuer.isEmpty else {
            throw LocalHubError(.badEntra, "the issuer of access tokens is empty")
        }
        issuer = configuration.issuer
        audience = Self.withoutSlash(configuration.audience)
        actions = configuration.assignments.reduce(into: [:]) { actions, assignment in
            actions[Self.key(assignment.principal), default: []].formUnion(assignment.role.actions)
        }
        keys = EntraKeyStore(logger: logger) { try await configuration.loadKeys() }
        switch configuration.keys {
        case .file(let name):
            // None is there yet, so any name makes it read the file.
            await keys.refresh(for: "", at: HubTimestamp.now().secondsSinceEpoch)
            if let failure = keys.failure {
                throw LocalHubError(.badEntra, "no keys for access tokens in '\(name)': \(failure)")
            }
        case .url(let address):
            do {
                _ = try WebAddress(parsing: address)
            } catch {
                throw LocalHubError(.badEntra, "no keys for access tokens: \(error.message)")
            }
        }
    }

    /// The key for whose sake a request should wait until the issuer has been asked for its keys.
    /// - Parameters:
    ///   - header: the value of its `Authorization` header.
    ///   - time: the hub's time.
    /// - Returns: the key's id; nil when the request need not wait.
    func keyWorthAskingFor(_ header: String, at time: HubTimestamp) -> String? {
        guard let text = BearerToken.text(in: header), let token = try? BearerToken(parsing: text),
            (try? checkForm(token)) != nil, let key = token.keyID,
            keys.isWorthAsking(for: key, at: time.secondsSinceEpoch)
        else { return nil }
        return key
    }

    /// Asks the issuer for its keys for this one's sake, in bounded time.
    /// - Parameters:
    ///   - key: its id.
    ///   - time: the hub's time.
    ///   - then: called when the answer is there, or will not come.
    func refreshKeys(for key: String, at time: HubTimestamp, then: @escaping @Sendable () async -> Void) {
        questions.run {
            await self.keys.refresh(for: key, at: time.secondsSinceEpoch)
            await then()
        }
    }

    /// Breaks off questions that are under way; to be called when no requests come any more, before their event loops end.
    func stop() async {
        keys.cancel()
        await questions.end()
    }

    /// Checks a token.
    /// - Parameters:
    ///   - text: the token.
    ///   - operation: what its bearer wants; nil when that is nothing that there is.
    ///   - time: the hub's time.
    /// - Throws: `IoTHubError`: `iotHubUnauthorized` for a token that is not believed, `iotHubUnauthorizedAccess` when
    ///   its principal may not do that. The texts never hold the token.
    func check(_ text: Substring, for operation: ServiceOperation?, at time: HubTimestamp) throws(IoTHubError) {
        let token = try BearerToken(parsing: text)
        try checkForm(token)
        guard let isSigned = keys.keys?.verifies(token) else {
            let key = token.keyID.map { "'\($0.prefix(80))'" } ?? "no id (kid)"
            let failure = keys.failure.map { "; the issuer's keys cannot be had: \($0)" } ?? ""
            throw .unauthorized("the issuer has no key \(key) for \(token.algorithm)\(failure)")
        }
        guard isSigned else { throw .unauthorized("the access token's signature is not that of its key") }
        try checkTimes(token, at: time.secondsSinceEpoch)
        let audiences = token.texts("aud")
        guard audiences.contains(where: { Self.withoutSlash($0) == audience }) else {
            let found = audiences.first.map { "'\($0.prefix(100))'" } ?? "nobody (aud)"
            throw .unauthorized("the access token is for \(found), expected \(audience)")
        }
        if let operation { try checkPermission(token, operation) }
    }

    /// What is seen without keys: the algorithm, and whom the token says to come from.
    private func checkForm(_ token: BearerToken) throws(IoTHubError) {
        guard EntraKeySet.algorithms.contains(token.algorithm) else {
            throw .unauthorized(
                "the access token's algorithm is '\(token.algorithm.prefix(20))', expected one of "
                    + EntraKeySet.algorithms.joined(separator: ", ")
            )
        }
        let found = token.claims["iss"]?.stringValue
        guard found == issuer else {
            let name = found.map { "'\($0.prefix(200))'" } ?? "not named (iss)"
            throw .unauthorized("the access token's issuer is \(name), expected '\(issuer)'")
        }
    }

    private func checkTimes(_ token: BearerToken, at now: Int64) throws(IoTHubError) {
        guard let expiry = token.seconds("exp") else { throw .unauthorized("the access token has no expiry (exp)") }
        guard now - Self.leeway < expiry else {
            throw .unauthorized("the access token expired at \(Self.time(expiry))")
        }
        guard token.claims["nbf"] != nil else { return }
        guard let start = token.seconds("nbf") else { throw .unauthorized("the access token's nbf is no time") }
        guard now + Self.leeway >= start else {
            throw .unauthorized("the access token is not valid before \(Self.time(start))")
        }
    }

    private func checkPermission(_ token: BearerToken, _ operation: ServiceOperation) throws(IoTHubError) {
        let principals = Self.principalClaims.compactMap { token.claims[$0]?.stringValue }
        let allowed = principals.reduce(into: Set<DataAction>()) { $0.formUnion(actions[Self.key($1)] ?? []) }
        let missing = operation.dataActions.subtracting(allowed).map(\.rawValue).sorted()
        guard !missing.isEmpty else { return }
        let name = principals.first.map { "principal '\($0.prefix(80))'" } ?? "a principal without oid, appid and sub"
        throw IoTHubError(
            .iotHubUnauthorizedAccess,
            "Unauthorized: \(name) has no role here with \(missing.joined(separator: " and "))"
        )
    }

    /// Ids are the same in capitals and small letters; subjects are not.
    private static func key(_ principal: String) -> String {
        let isID = principal.utf8.count == 36 && principal.allSatisfy { $0.isHexDigit || $0 == "-" }
        return isID ? principal.lowercased() : principal
    }

    private static func withoutSlash(_ text: String) -> String {
        text.hasSuffix("/") ? String(text.dropLast()) : text
    }

    private static func time(_ seconds: Int64) -> HubTimestamp {
        HubTimestamp(secondsSinceEpoch: seconds, nanoseconds: 0)
    }
}
