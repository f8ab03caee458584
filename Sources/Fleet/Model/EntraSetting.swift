/// How the back end gets its tokens from Microsoft Entra ID.
public enum EntraSetting: Sendable, Hashable {
    /// What an application proves itself by.
    public enum Proof: Sendable, Hashable {
        /// A client secret.
        case secret(String)
        /// A PEM file with its certificate and the key of that.
        case certificateFile(String)
        /// A file with a token of another issuer, which its platform keeps fresh.
        case federatedTokenFile(String)
    }

    /// As the variables `AZURE_…` of Microsoft's SDKs say.
    case environment
    /// As the user who is logged in to Azure CLI.
    case azureCLI
    /// As an application: its tenant, its id, its proof; the login server is nil for that of the public cloud.
    case application(tenantID: String, clientID: String, proof: Proof, authorityHost: String?)
}
