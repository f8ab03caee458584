import Fleet
import IoTHub
public import ServiceClient

extension HubEndpoint {
    /// The hub's name and perhaps its port for HTTPS.
    /// - Throws: `RunError` when the connection string is none.
    var address: HostAndPort {
        get throws(RunError) {
            let text: String
            switch access {
            case .entra(let host, _): text = host
            case .connectionString(let string):
                do {
                    text = try ConnectionString(parsing: string).hostName
                } catch {
                    throw RunError(.unsupported, "the hub's connection string: \(error)")
                }
            }
            guard let address = HostAndPort(text) else {
                throw RunError(.unsupported, "the hub's host name '\(text)' is none")
            }
            return address
        }
    }

    /// The back end's client, to be closed in the end; nothing is sent yet.
    /// - Throws: `IoTHubError` or `ServiceClientError` for what cannot be used.
    public func makeManager(_ options: ServiceClientOptions) throws -> RegistryManager {
        switch access {
        case .connectionString(let text):
            try RegistryManager.create(connectionString: text, options: options)
        case .entra(let host, let setting):
            try RegistryManager.create(hostName: host, credential: setting.credential, options: options)
        }
    }
}

extension EntraSetting {
    /// What gets the tokens.
    fileprivate var credential: any TokenCredential {
        get throws {
            switch self {
            case .environment: return try EnvironmentCredential()
            case .azureCLI: return AzureCliCredential()
            case .application(let tenant, let client, .secret(let secret), let authority):
                return try ClientSecretCredential(
                    tenantID: tenant,
                    clientID: client,
                    clientSecret: secret,
                    authorityHost: authority
                )
            case .application(let tenant, let client, .federatedTokenFile(let file), let authority):
                return try WorkloadIdentityCredential(
                    tenantID: tenant,
                    clientID: client,
                    tokenFile: file,
                    authorityHost: authority
                )
            case .application(let tenant, let client, .certificateFile(let file), let authority):
                return try ClientCertificateCredential(
                    tenantID: tenant,
                    clientID: client,
                    certificateFile: file,
                    authorityHost: authority
                )
            }
        }
    }
}
