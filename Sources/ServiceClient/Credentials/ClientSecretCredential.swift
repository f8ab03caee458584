/// An application that proves itself to Microsoft Entra by a client secret.
public struct ClientSecretCredential: TokenCredential {
    private let endpoint: TokenEndpoint
    private let clientSecret: String

    /// Creates a credential; nothing is sent yet.
    ///
    /// - Parameters:
    ///   - tenantID: The id or a domain of the application's tenant.
    ///   - clientID: The application's id.
    ///   - clientSecret: The secret's value (not its id).
    ///   - authorityHost: Where Microsoft Entra is; `nil`: `https://login.microsoftonline.com`, the public cloud.
    ///   - options: Time limits, retries, the authorities to trust.
    /// - Throws: ``ServiceClientError`` with `invalidArgument`.
    public init(
        tenantID: String,
        clientID: String,
        clientSecret: String,
        authorityHost: String? = nil,
        options: ServiceClientOptions = .tokenRequests
    ) throws(ServiceClientError) {
        guard !clientSecret.isEmpty else { throw .credential("the client secret is empty") }
        endpoint = try TokenEndpoint(
            clientID: clientID,
            tenantID: tenantID,
            authorityHost: authorityHost,
            options: options
        )
        self.clientSecret = clientSecret
    }

    /// Gets a new access token.
    ///
    /// - Throws: ``ServiceClientError`` with `noToken`, or `CancellationError`.
    public func getToken(scope: String) async throws -> AccessToken {
        try await endpoint.token(scope: scope) { .secret(clientSecret) }
    }
}

extension ClientSecretCredential: CustomStringConvertible, CustomReflectable {
    /// The application; not the secret.
    public var description: String { "client secret of application \(endpoint.clientID)" }

    /// The same for dumps.
    public var customMirror: Mirror { Mirror(self, children: ["clientID": endpoint.clientID]) }
}
