/// The `AZURE_…` variables, by which Azure's own libraries are told who they are.
///
/// Source: Azure Identity client library documentation, "Environment variables".
struct AzureEnvironment {
    /// The variables that are known here.
    enum Name: String {
        case tenantID = "AZURE_TENANT_ID"
        case clientID = "AZURE_CLIENT_ID"
        case clientSecret = "AZURE_CLIENT_SECRET"
        case certificatePath = "AZURE_CLIENT_CERTIFICATE_PATH"
        case certificatePassword = "AZURE_CLIENT_CERTIFICATE_PASSWORD"
        case federatedTokenFile = "AZURE_FEDERATED_TOKEN_FILE"
        case authorityHost = "AZURE_AUTHORITY_HOST"
    }

    private let values: [String: String]

    init(_ values: [String: String]) { self.values = values }

    /// A variable's value; nil when it is not set, or empty.
    subscript(name: Name) -> String? {
        guard let value = values[name.rawValue], !value.isEmpty else { return nil }
        return value
    }

    /// The tenant and the application that go with a proof.
    ///
    /// - Throws: ``ServiceClientError`` that names the variables that are missing, the proof's own included.
    func application(for proof: Name) throws(ServiceClientError) -> (tenant: String, client: String) {
        let missing = [.tenantID, .clientID, proof].filter { self[$0] == nil }.map(\.rawValue)
        guard missing.isEmpty, let tenant = self[.tenantID], let client = self[.clientID] else {
            throw .credential(
                "the environment has \(self[proof] == nil ? "no credential" : proof.rawValue) "
                    + "but lacks \(missing.joined(separator: " and "))"
            )
        }
        return (tenant, client)
    }
}
