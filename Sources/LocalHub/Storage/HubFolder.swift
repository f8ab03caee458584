import Foundation
import Glibc
import IoTHub
import Logging
import NIOSSL
import X509

/// What a hub keeps in files: its certificate authority, its certificate, the keys of its policies.
///
/// Without a data folder only `ca.pem` is written, to a temporary one; the secrets stay in memory.
struct HubFolder: Sendable {
    let path: String
    private let isTemporary: Bool
    let policies: SharedAccessPolicies
    let tls: NIOSSLContext

    /// Where clients find the authority to trust.
    var authorityFile: String { "\(path)/ca.pem" }

    /// Reads what is there, makes what is not.
    /// - Parameters:
    ///   - dataDirectory: the folder to keep; nil for a temporary one.
    ///   - names: names and addresses for the certificate.
    ///   - custom: policies to have besides the hub's own; those with keys in the folder keep them.
    ///   - now: the time, for the validity of certificates.
    ///   - logger: told what is made or renewed.
    /// - Returns: the open folder.
    /// - Throws: `LocalHubError` that names the file.
    static func open(
        _ dataDirectory: String?,
        names: [String],
        policies custom: [CustomPolicy] = [],
        at now: Date,
        logger: Logger
    ) throws(LocalHubError) -> HubFolder {
        guard let dataDirectory else { return try makeTemporary(names: names, policies: custom, at: now) }
        // Clients are given the path of ca.pem, and may have another working directory.
        let folder = URL(fileURLWithPath: dataDirectory).standardizedFileURL.path
        try PrivateFile.makeDirectory(folder)
        // Two hubs that start at once on one folder would leave the one's authority with the other's key.
        return try PrivateFile.withLock(on: folder) { () throws(LocalHubError) in
            let authority = try authority(in: folder, at: now, logger: logger)
            let server = try certificate(in: folder, names: names, by: authority, at: now, logger: logger)
            return HubFolder(
                path: folder,
                isTemporary: false,
                policies: try policies(in: folder, adding: custom),
                tls: try tlsContext(of: server)
            )
        }
    }

    /// Removes a temporary folder.
    func close() {
        guard isTemporary else { return }
        unlink(authorityFile)
        rmdir(path)
    }

    private static func makeTemporary(
        names: [String],
        policies custom: [CustomPolicy],
        at now: Date
    ) throws(LocalHubError) -> HubFolder {
        let policies = try adding(custom, to: .random())
        let path = try PrivateFile.makeTemporaryDirectory()
        do {
            let authority = try CertificateAuthority.make(at: now)
            let server = try ServerCertificate.issue(names: names, by: authority, at: now)
            let folder = HubFolder(path: path, isTemporary: true, policies: policies, tls: try tlsContext(of: server))
            try PrivateFile.write(try authority.certificatePEM, to: folder.authorityFile, mode: 0o644)
            return folder
        } catch {
            rmdir(path)
            throw certificateTrouble(error)
        }
    }

    private static func authority(
        in folder: String,
        at now: Date,
        logger: Logger
    ) throws(LocalHubError) -> CertificateAuthority {
        let file = "\(folder)/ca.pem"
        let keyFile = "\(folder)/ca-key.pem"
        if let certificatePEM = try PrivateFile.read(file), let keyPEM = try PrivateFile.read(keyFile) {
            let authority: CertificateAuthority
            do {
                authority = try CertificateAuthority(certificatePEM: certificatePEM, keyPEM: keyPEM)
            } catch {
                throw LocalHubError(
                    .dataDirectory,
                    "'\(file)' and '\(keyFile)' are no certificate authority (\(error)); remove them to get a new one, "
                        + "and give the new ca.pem to all clients"
                )
            }
            if authority.certificate.notValidAfter - ServerCertificate.renewalMargin > now { return authority }
            logger.warning(
                "the certificate authority is at its end; clients need the new one",
                metadata: ["file": "\(file)"]
            )
        }
        do {
            let authority = try CertificateAuthority.make(at: now)
            // The key first: a certificate without its key would be of no use at the next start.
            try PrivateFile.write(authority.keyPEM, to: keyFile, mode: 0o600)
            try PrivateFile.write(try authority.certificatePEM, to: file, mode: 0o644)
            logger.info("made a certificate authority", metadata: ["file": "\(file)"])
            return authority
        } catch {
            throw certificateTrouble(error)
        }
    }

    private static func certificate(
        in folder: String,
        names: [String],
        by authority: CertificateAuthority,
        at now: Date,
        logger: Logger
    ) throws(LocalHubError) -> ServerCertificate {
        let file = "\(folder)/server.pem"
        let keyFile = "\(folder)/server-key.pem"
        if let certificatePEM = try PrivateFile.read(file), let keyPEM = try PrivateFile.read(keyFile),
            // An unreadable pair is simply made anew: nobody but this hub depends on it.
            let kept = try? ServerCertificate(certificatePEM: certificatePEM, keyPEM: keyPEM),
            kept.isGood(for: names, from: authority, at: now)
        {
            return kept
        }
        do {
            let server = try ServerCertificate.issue(names: names, by: authority, at: now)
            try PrivateFile.write(server.keyPEM, to: keyFile, mode: 0o600)
            try PrivateFile.write(try server.certificatePEM, to: file, mode: 0o644)
            logger.info("made a server certificate", metadata: ["names": "\(names.joined(separator: " "))"])
            return server
        } catch {
            throw certificateTrouble(error)
        }
    }

    private static func policies(
        in folder: String,
        adding custom: [CustomPolicy]
    ) throws(LocalHubError) -> SharedAccessPolicies {
        let file = "\(folder)/policies.json"
        let text = try PrivateFile.read(file)
        let kept: SharedAccessPolicies
        do {
            kept = try text.map { try SharedAccessPolicies(json: JSONObject(parsing: $0)) } ?? .random()
        } catch {
            throw LocalHubError(.dataDirectory, "'\(file)': \(error); remove the file to get new keys")
        }
        let policies = try adding(custom, to: kept)
        if text == nil || policies != kept {
            try PrivateFile.write(policies.json.text + "\n", to: file, mode: 0o600)
        }
        return policies
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

    private static func tlsContext(of server: ServerCertificate) throws(LocalHubError) -> NIOSSLContext {
        do { return try server.makeTLSContext() } catch { throw certificateTrouble(error) }
    }

    private static func certificateTrouble(_ error: any Error) -> LocalHubError {
        error as? LocalHubError ?? LocalHubError(.system, "cannot make the hub's certificates: \(error)")
    }
}
