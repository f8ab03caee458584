import Foundation

/// A workload that proves itself to Microsoft Entra by a token of another identity provider, such as Kubernetes, which
/// its application is federated with.
///
/// Source: Microsoft Entra Workload ID documentation, "Workload identity federation".
public struct WorkloadIdentityCredential: TokenCredential {
    /// A federated token has a few kilobytes; a file with more is another one.
    private static let largestToken = 65_536

    private let endpoint: TokenEndpoint
    private let tokenFile: String

    /// Creates a credential; nothing is read or sent yet.
    ///
    /// - Parameters:
    ///   - tenantID: The id or a domain of the application's tenant.
    ///   - clientID: The application's id.
    ///   - tokenFile: The file with the federated token. It is read for each request, since the platform replaces it.
    ///   - authorityHost: Where Microsoft Entra is; `nil`: `https://login.microsoftonline.com`, the public cloud.
    ///   - options: Time limits, retries, the authorities to trust.
    /// - Throws: ``ServiceClientError`` with `invalidArgument`.
    public init(
        tenantID: String,
        clientID: String,
        tokenFile: String,
        authorityHost: String? = nil,
        options: ServiceClientOptions = .tokenRequests
    ) throws(ServiceClientError) {
        guard !tokenFile.isEmpty else { throw .credential("the token file's name is empty") }
        endpoint = try TokenEndpoint(
            clientID: clientID,
            tenantID: tenantID,
            authorityHost: authorityHost,
            options: options
        )
        self.tokenFile = tokenFile
    }

    /// Creates a credential from `AZURE_TENANT_ID`, `AZURE_CLIENT_ID`, `AZURE_FEDERATED_TOKEN_FILE` and, if it is set,
    /// `AZURE_AUTHORITY_HOST`.
    ///
    /// - Parameters:
    ///   - environment: The variables; `nil`: those of the process.
    ///   - options: Time limits, retries, the authorities to trust.
    /// - Throws: ``ServiceClientError`` with `invalidArgument` that names the variables that are missing.
    public init(
        environment: [String: String]? = nil,
        options: ServiceClientOptions = .tokenRequests
    ) throws(ServiceClientError) {
        let environment = environment ?? ProcessInfo.processInfo.environment
        let values = AzureEnvironment(environment)
        let (tenant, client) = try values.application(for: .federatedTokenFile)
        try self.init(
            tenantID: tenant,
            clientID: client,
            tokenFile: values[.federatedTokenFile] ?? "",
            authorityHost: values[.authorityHost],
            options: options
        )
    }

    /// Reads the federated token and gets a new access token for it.
    ///
    /// - Throws: ``ServiceClientError`` with `noToken`, or `CancellationError`.
    public func getToken(scope: String) async throws -> AccessToken {
        try await endpoint.token(scope: scope) { .assertion(try federatedToken()) }
    }

    private func federatedToken() throws(ServiceClientError) -> String {
        func refuse(_ why: String) -> ServiceClientError {
            ServiceClientError(
                reason: .invalidArgument,
                operation: "read the federated token",
                message: "\(tokenFile): \(why)"
            )
        }
        guard let file = FileHandle(forReadingAtPath: tokenFile) else {
            throw refuse(String(cString: strerror(errno)))
        }
        let bytes: Data
        do {
            bytes = try file.read(upToCount: Self.largestToken + 1) ?? Data()
            try file.close()
        } catch {
            throw refuse("\(error)")
        }
        let token = String(decoding: bytes, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
        guard !token.isEmpty, bytes.count <= Self.largestToken else {
            throw refuse("expected a federated token, found \(bytes.isEmpty ? "nothing" : "\(bytes.count) bytes")")
        }
        return token
    }
}

extension WorkloadIdentityCredential: CustomStringConvertible, CustomReflectable {
    /// The application and the file.
    public var description: String {
        "workload identity of application \(endpoint.clientID), with the token in \(tokenFile)"
    }

    /// The same for dumps.
    public var customMirror: Mirror { Mirror(self, children: ["clientID": endpoint.clientID, "tokenFile": tokenFile]) }
}
