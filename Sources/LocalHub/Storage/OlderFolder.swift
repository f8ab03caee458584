import Glibc
import IoTHub
import Logging

/// A data folder as hubs had it before they kept a database: certificates, keys and policies in files.
struct OlderFolder {
    let path: String

    private var authorityFile: String { "\(path)/ca.pem" }
    private var authorityKeyFile: String { "\(path)/ca-key.pem" }
    private var policiesFile: String { "\(path)/policies.json" }
    private var serverFile: String { "\(path)/server.pem" }
    private var serverKeyFile: String { "\(path)/server-key.pem" }

    /// Moves what is there into a database that has none of it yet, so that clients notice nothing.
    ///
    /// The files go once the database has what was in them, but for `ca.pem`: keys shall not lie about twice.
    /// - Throws: `LocalHubError` that names a file that cannot be understood; nothing is changed then.
    func takeOver(into database: HubDatabase, logger: Logger) throws(LocalHubError) {
        var texts: [HubDatabase.Setting: String] = [:]
        if try database.text(.authorityKey) == nil { texts.merge(try authority()) { $1 } }
        if try database.text(.policies) == nil, let policies = try policies() { texts[.policies] = policies }
        if !texts.isEmpty {
            // Only good with the authority that signed it; the hub checks that, and makes a new one if need be.
            texts[.serverCertificate] = try PrivateFile.read(serverFile)
            texts[.serverKey] = try PrivateFile.read(serverKeyFile)
            try database.keep(texts)
            logger.notice(
                "took certificates, keys and policies over from files",
                metadata: ["folder": "\(path)", "database": "\(database.file)"]
            )
        }
        for file in [authorityKeyFile, policiesFile, serverFile, serverKeyFile] { unlink(file) }
    }

    private func authority() throws(LocalHubError) -> [HubDatabase.Setting: String] {
        guard let certificatePEM = try PrivateFile.read(authorityFile),
            let keyPEM = try PrivateFile.read(authorityKeyFile)
        else { return [:] }
        do {
            _ = try CertificateAuthority(certificatePEM: certificatePEM, keyPEM: keyPEM)
        } catch {
            throw LocalHubError(
                .dataDirectory,
                "'\(authorityFile)' and '\(authorityKeyFile)' are no certificate authority (\(error)); remove them to get "
                    + "a new one, and give the new ca.pem to all clients"
            )
        }
        return [.authorityCertificate: certificatePEM, .authorityKey: keyPEM]
    }

    private func policies() throws(LocalHubError) -> String? {
        guard let text = try PrivateFile.read(policiesFile) else { return nil }
        do {
            return try SharedAccessPolicies(json: try JSONObject(parsing: text)).json.text
        } catch {
            throw LocalHubError(.dataDirectory, "'\(policiesFile)': \(error); remove the file to get new keys")
        }
    }
}
