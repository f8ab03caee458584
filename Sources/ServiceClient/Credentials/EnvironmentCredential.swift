import Foundation

/// Whatever credential the environment holds, as Azure's own libraries read it: a client secret, a client certificate,
/// a federated token, else the account that Azure CLI is logged in with.
///
/// | Credential | Variables |
/// | --- | --- |
/// | client secret | `AZURE_TENANT_ID`, `AZURE_CLIENT_ID`, `AZURE_CLIENT_SECRET` |
/// | client certificate | `AZURE_TENANT_ID`, `AZURE_CLIENT_ID`, `AZURE_CLIENT_CERTIFICATE_PATH` (PEM with certificate and key), `AZURE_CLIENT_CERTIFICATE_PASSWORD` for an encrypted key |
/// | workload identity | `AZURE_TENANT_ID`, `AZURE_CLIENT_ID`, `AZURE_FEDERATED_TOKEN_FILE` |
/// | Azure CLI | none |
///
/// `AZURE_AUTHORITY_HOST` names another cloud than the public one.
///
/// Source: Azure Identity client library documentation, "Environment variables".
public struct EnvironmentCredential: TokenCredential {
    /// The kinds of credential, in the order in which they are looked for.
    public enum Kind: String, Sendable, Hashable {
        /// A client secret.
        case clientSecret = "client secret"
        /// A client certificate.
        case clientCertificate = "client certificate"
        /// A federated token.
        case workloadIdentity = "workload identity"
        /// The account of Azure CLI.
        case azureCLI = "Azure CLI"
    }

    /// Which kind the environment holds.
    public let kind: Kind

    private let credential: any TokenCredential

    /// Creates the credential that the environment holds; nothing is sent yet, and no program started.
    ///
    /// - Parameters:
    ///   - environment: The variables; `nil`: those of the process.
    ///   - options: Time limits, retries, the authorities to trust.
    /// - Throws: ``ServiceClientError`` with `invalidArgument` that names the variables that are missing or wrong; it
    ///   never quotes a secret.
    public init(
        environment: [String: String]? = nil,
        options: ServiceClientOptions = .tokenRequests
    ) throws(ServiceClientError) {
        let environment = environment ?? ProcessInfo.processInfo.environment
        let values = AzureEnvironment(environment)
        if let secret = values[.clientSecret] {
            let (tenant, client) = try values.application(for: .clientSecret)
            kind = .clientSecret
            credential = try ClientSecretCredential(
                tenantID: tenant,
                clientID: client,
                clientSecret: secret,
                authorityHost: values[.authorityHost],
                options: options
            )
        } else if let path = values[.certificatePath] {
            let (tenant, client) = try values.application(for: .certificatePath)
            kind = .clientCertificate
            credential = try ClientCertificateCredential(
                tenantID: tenant,
                clientID: client,
                certificateFile: path,
                passphrase: values[.certificatePassword],
                authorityHost: values[.authorityHost],
                options: options
            )
        } else if values[.federatedTokenFile] != nil {
            kind = .workloadIdentity
            credential = try WorkloadIdentityCredential(environment: environment, options: options)
        } else {
            kind = .azureCLI
            credential = AzureCliCredential(environment: environment)
        }
    }

    /// Gets a new access token.
    ///
    /// - Throws: ``ServiceClientError`` with `noToken`, or `CancellationError`.
    public func getToken(scope: String) async throws -> AccessToken {
        try await credential.getToken(scope: scope)
    }
}

extension EnvironmentCredential: CustomStringConvertible {
    /// The kind.
    public var description: String { kind.rawValue }
}
