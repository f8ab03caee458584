/// Something that can prove to Microsoft Entra who is asking, and gets access tokens for it.
///
/// A ``RegistryManager`` keeps the token and asks for the next one ahead of its expiry, one request at a time, so a
/// credential need not keep any.
///
/// Source: Azure IoT Hub documentation, "Control access to IoT Hub by using Microsoft Entra ID".
public protocol TokenCredential: Sendable {
    /// Gets a new access token.
    ///
    /// - Parameter scope: What it shall be for, such as `https://iothubs.azure.net/.default`.
    /// - Returns: The token; it must not have expired.
    /// - Throws: ``ServiceClientError`` with `noToken`, or any other error that says in its text what to do;
    ///   `CancellationError` when the task is cancelled.
    func getToken(scope: String) async throws -> AccessToken
}

/// Access tokens from a closure: for whatever else can get one.
public struct CustomTokenCredential: TokenCredential {
    private let get: @Sendable (_ scope: String) async throws -> AccessToken

    /// Creates a credential.
    ///
    /// - Parameter get: Gets a new token for a scope such as `https://iothubs.azure.net/.default`. Its errors' texts are
    ///   shown to people.
    public init(_ get: @escaping @Sendable (_ scope: String) async throws -> AccessToken) {
        self.get = get
    }

    /// Calls the closure.
    ///
    /// - Throws: What the closure throws.
    public func getToken(scope: String) async throws -> AccessToken { try await get(scope) }
}
