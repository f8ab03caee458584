import Glibc
import IoTHub
import Logging
import X509

/// A data folder as hubs had it before they kept a database: certificates, keys and policies in files.
///
/// Files of these names may also be the user's own. So only what such a hub has certainly written is taken over and
/// removed; anything else keeps a hub from making a database in the folder.
struct OlderFolder {
    let path: String

    private var authorityFile: String { "\(path)/ca.pem" }
    private var authorityKeyFile: String { "\(path)/ca-key.pem" }
    private var policiesFile: String { "\(path)/policies.json" }
    private var serverFile: String { "\(path)/server.pem" }
    private var serverKeyFile: String { "\(path)/server-key.pem" }

    /// Sees to it that a folder without a database has nothing in it that a hub would have to replace.
    /// - Throws: `LocalHubError` that names a file that is not a hub's.
    func check() throws(LocalHubError) { _ = try settings() }

    /// Moves what is there into a new database, so that clients notice nothing.
    ///
    /// The files that were taken over go once the database has what was in them, but for `ca.pem`: keys shall not lie
    /// about twice.
    /// - Throws: `LocalHubError` that names a file that is not a hub's; nothing is changed then.
    func takeOver(into database: HubDatabase, logger: Logger) throws(LocalHubError) {
        for setting in HubDatabase.Setting.allCases {
            guard try database.text(setting) == nil else { return }
        }
        let settings = try settings()
        guard !settings.isEmpty else { return }
        try database.keep(settings)
        logger.notice(
            "took certificates, keys and policies over from files",
            metadata: ["folder": "\(path)", "database": "\(database.file)"]
        )
        let files: [HubDatabase.Setting: String] = [
            .authorityKey: authorityKeyFile, .policies: policiesFile, .serverCertificate: serverFile,
            .serverKey: serverKeyFile,
        ]
        for (setting, file) in files where settings[setting] != nil { unlink(file) }
    }

    /// What the files say.
    private func settings() throws(LocalHubError) -> [HubDatabase.Setting: String] {
        let authority = try authority()
        var settings = try server(of: authority)
        settings[.authorityCertificate] = authority?.certificatePEM
        settings[.authorityKey] = authority?.keyPEM
        settings[.policies] = try policies()
        return settings
    }

    private struct Authority {
        let certificatePEM: String
        let keyPEM: String
        let authority: CertificateAuthority
    }

    private func authority() throws(LocalHubError) -> Authority? {
        let (certificatePEM, keyPEM) = (try PrivateFile.read(authorityFile), try PrivateFile.read(authorityKeyFile))
        guard let certificatePEM, let keyPEM else {
            if certificatePEM != nil { throw foreign(authorityFile, "there is no '\(authorityKeyFile)'") }
            if keyPEM != nil { throw foreign(authorityKeyFile, "there is no '\(authorityFile)'") }
            return nil
        }
        do {
            let authority = try CertificateAuthority(certificatePEM: certificatePEM, keyPEM: keyPEM)
            guard authority.isMadeByHub else {
                throw foreign(authorityFile, "its subject is '\(authority.certificate.subject)'")
            }
            return Authority(certificatePEM: certificatePEM, keyPEM: keyPEM, authority: authority)
        } catch {
            throw error as? LocalHubError ?? foreign(authorityFile, "with '\(authorityKeyFile)': \(error)")
        }
    }

    private func server(of authority: Authority?) throws(LocalHubError) -> [HubDatabase.Setting: String] {
        let (certificatePEM, keyPEM) = (try PrivateFile.read(serverFile), try PrivateFile.read(serverKeyFile))
        guard let certificatePEM, let keyPEM else {
            if certificatePEM != nil { throw foreign(serverFile, "there is no '\(serverKeyFile)'") }
            if keyPEM != nil { throw foreign(serverKeyFile, "there is no '\(serverFile)'") }
            return [:]
        }
        let server: ServerCertificate
        do {
            server = try ServerCertificate(certificatePEM: certificatePEM, keyPEM: keyPEM)
        } catch {
            throw foreign(serverFile, "with '\(serverKeyFile)': \(error)")
        }
        guard let authority, server.isSigned(by: authority.authority) else {
            throw foreign(serverFile, "it is not signed by '\(authorityFile)'")
        }
        return [.serverCertificate: certificatePEM, .serverKey: keyPEM]
    }

    private func policies() throws(LocalHubError) -> String? {
        guard let text = try PrivateFile.read(policiesFile) else { return nil }
        do {
            return try SharedAccessPolicies(json: try JSONObject(parsing: text)).json.text
        } catch {
            throw foreign(policiesFile, "\(error)")
        }
    }

    private func foreign(_ file: String, _ why: String) -> LocalHubError {
        LocalHubError(
            .dataDirectory,
            "'\(file)' is not a hub's file (\(why)), and a hub does not touch the files of others; give --data a folder "
                + "of its own, or move the file away"
        )
    }
}
