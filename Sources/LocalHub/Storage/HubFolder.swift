import Foundation
import Glibc
import IoTHub
import Logging
import X509

/// Where a hub keeps its data: a folder with a database for all but `ca.pem`, which is for clients.
///
/// Without a data folder only `ca.pem` is written, to a temporary one; all else stays in memory.
struct HubFolder: Sendable {
    let path: String
    /// Nil for a temporary folder.
    let database: HubDatabase?
    let policies: SharedAccessPolicies
    let tls: HubTLS
    /// Held as long as the folder is open.
    private let lock: FolderLock?

    /// Where clients find the authority to trust.
    var authorityFile: String { "\(path)/ca.pem" }

    /// Reads what is there, makes what is not.
    /// - Parameters:
    ///   - dataDirectory: the folder to keep; nil for a temporary one.
    ///   - names: names and addresses for the certificate.
    ///   - custom: policies to have besides the hub's own; those with keys in the folder keep them.
    ///   - given: certificate authorities of devices to have besides those in the folder.
    ///   - now: the time, for the validity of certificates.
    ///   - logger: told what is made or renewed.
    /// - Returns: the open folder.
    /// - Throws: `LocalHubError` that names the file; `dataDirectoryInUse` while another hub has the folder.
    static func open(
        _ dataDirectory: String?,
        names: [String],
        policies custom: [CustomPolicy] = [],
        authorities given: [DeviceAuthority] = [],
        at now: Date,
        logger: Logger
    ) throws(LocalHubError) -> HubFolder {
        let given = try TrustedAuthority.read(registering: given, at: now)
        guard let dataDirectory else {
            return try makeTemporary(names: names, policies: custom, authorities: given, at: now)
        }
        let data = try DataFolder.open(dataDirectory, logger: logger)
        let (folder, database) = (data.path, data.database)
        let authority = try authority(in: database, at: now, logger: logger)
        try publish(authority, in: folder)
        let server = try certificate(in: database, names: names, by: authority, at: now, logger: logger)
        let policies = try policies(in: database, adding: custom)
        let authorities = try authorities(in: database, adding: given, at: now, logger: logger)
        try data.lock.sync(folder)
        return HubFolder(
            path: folder,
            database: database,
            policies: policies,
            tls: try tls(of: server, trusting: authorities),
            lock: data.lock
        )
    }

    /// Closes the database and lets other hubs into the folder, or removes a temporary folder.
    func close() {
        if let database {
            database.close()
            lock?.release()
        } else {
            unlink(authorityFile)
            rmdir(path)
        }
    }

    private static func makeTemporary(
        names: [String],
        policies custom: [CustomPolicy],
        authorities: [TrustedAuthority],
        at now: Date
    ) throws(LocalHubError) -> HubFolder {
        let policies = try adding(custom, to: .random())
        let path = try PrivateFile.makeTemporaryDirectory()
        do {
            let authority = try CertificateAuthority.make(at: now)
            let server = try ServerCertificate.issue(names: names, by: authority, at: now)
            let folder = HubFolder(
                path: path,
                database: nil,
                policies: policies,
                tls: try tls(of: server, trusting: authorities),
                lock: nil
            )
            try PrivateFile.write(try authority.certificatePEM, to: folder.authorityFile, mode: 0o644)
            return folder
        } catch {
            rmdir(path)
            throw certificateTrouble(error)
        }
    }

    private static func authority(
        in database: HubDatabase,
        at now: Date,
        logger: Logger
    ) throws(LocalHubError) -> CertificateAuthority {
        if let certificatePEM = try database.text(.authorityCertificate),
            let keyPEM = try database.text(.authorityKey)
        {
            let authority: CertificateAuthority
            do {
                authority = try CertificateAuthority(certificatePEM: certificatePEM, keyPEM: keyPEM)
            } catch {
                throw unreadable("no certificate authority", error, [.authorityCertificate, .authorityKey], database)
            }
            if authority.certificate.notValidAfter - ServerCertificate.renewalMargin > now { return authority }
            logger.warning("the certificate authority is at its end; clients need the new ca.pem")
        }
        do {
            let authority = try CertificateAuthority.make(at: now)
            try database.keep([
                .authorityCertificate: try authority.certificatePEM, .authorityKey: authority.keyPEM,
            ])
            logger.info("made a certificate authority", metadata: ["file": "\(database.file)"])
            return authority
        } catch {
            throw certificateTrouble(error)
        }
    }

    /// Writes `ca.pem`, unless it says already what it should.
    private static func publish(_ authority: CertificateAuthority, in folder: String) throws(LocalHubError) {
        let file = "\(folder)/ca.pem"
        do {
            let text = try authority.certificatePEM
            if try PrivateFile.read(file) != text { try PrivateFile.write(text, to: file, mode: 0o644) }
        } catch {
            throw certificateTrouble(error)
        }
    }

    private static func certificate(
        in database: HubDatabase,
        names: [String],
        by authority: CertificateAuthority,
        at now: Date,
        logger: Logger
    ) throws(LocalHubError) -> ServerCertificate {
        if let certificatePEM = try database.text(.serverCertificate), let keyPEM = try database.text(.serverKey),
            // An unreadable pair is simply made anew: nobody but this hub depends on it.
            let kept = try? ServerCertificate(certificatePEM: certificatePEM, keyPEM: keyPEM),
            kept.isGood(for: names, from: authority, at: now)
        {
            return kept
        }
        do {
            let server = try ServerCertificate.issue(names: names, by: authority, at: now)
            try database.keep([.serverCertificate: try server.certificatePEM, .serverKey: server.keyPEM])
            logger.info("made a server certificate", metadata: ["names": "\(names.joined(separator: " "))"])
            return server
        } catch {
            throw certificateTrouble(error)
        }
    }

    private static func policies(
        in database: HubDatabase,
        adding custom: [CustomPolicy]
    ) throws(LocalHubError) -> SharedAccessPolicies {
        let text = try database.text(.policies)
        let kept: SharedAccessPolicies
        do {
            kept = try text.map { try SharedAccessPolicies(json: JSONObject(parsing: $0)) } ?? .random()
        } catch {
            throw unreadable("no policies", error, [.policies], database)
        }
        let policies = try adding(custom, to: kept)
        if text == nil || policies != kept {
            try database.keep([.policies: policies.json.text])
        }
        return policies
    }

    /// The authorities that devices' certificates may chain to.
    private static func authorities(
        in database: HubDatabase,
        adding given: [TrustedAuthority],
        at now: Date,
        logger: Logger
    ) throws(LocalHubError) -> [TrustedAuthority] {
        var kept: [DeviceAuthority] = []
        for authority in given { kept.append(try authority.kept) }
        try database.register(kept)
        var authorities: [TrustedAuthority] = []
        for authority in try database.authorities() { authorities.append(try TrustedAuthority(kept: authority)) }
        for authority in authorities where authority.certificate.notValidAfter <= now {
            logger.warning(
                "a certificate authority of devices has expired; their certificates are refused",
                metadata: ["name": "\(authority.name)", "notAfter": "\(authority.certificate.notValidAfter)"]
            )
        }
        return authorities
    }

    private static func adding(
        _ custom: [CustomPolicy],
        to policies: SharedAccessPolicies
    ) throws(LocalHubError) -> SharedAccessPolicies {
        do {
            return try policies.adding(custom)
        } catch {
            throw LocalHubError(.badPolicy, error.message)
        }
    }

    private static func unreadable(
        _ what: String,
        _ error: any Error,
        _ settings: [HubDatabase.Setting],
        _ database: HubDatabase
    ) -> LocalHubError {
        let names = settings.map { "'\($0.rawValue)'" }.joined(separator: " and ")
        return LocalHubError(
            .dataDirectory,
            "the settings \(names) in '\(database.file)' are \(what) (\(error)); delete these rows with the sqlite3 shell "
                + "to get new ones, and give them to all clients"
        )
    }

    private static func tls(
        of server: ServerCertificate,
        trusting authorities: [TrustedAuthority]
    ) throws(LocalHubError) -> HubTLS {
        do {
            return try server.makeTLS(clients: ClientCertificateCheck(authorities: authorities))
        } catch {
            throw certificateTrouble(error)
        }
    }

    private static func certificateTrouble(_ error: any Error) -> LocalHubError {
        error as? LocalHubError ?? LocalHubError(.system, "cannot make the hub's certificates: \(error)")
    }
}
