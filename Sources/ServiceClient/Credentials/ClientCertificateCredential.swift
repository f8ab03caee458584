import Foundation
import IoTHub

/// An application that proves itself to Microsoft Entra by a certificate: it signs a short-lived assertion with the
/// certificate's key, which never leaves the machine.
///
/// Source: Microsoft identity platform documentation, "Microsoft identity platform application authentication
/// certificate credentials".
public struct ClientCertificateCredential: TokenCredential {
    private let endpoint: TokenEndpoint
    private let signer: AssertionSigner

    /// Creates a credential; nothing is sent yet.
    ///
    /// - Parameters:
    ///   - tenantID: The id or a domain of the application's tenant.
    ///   - clientID: The application's id.
    ///   - certificatePEM: The certificate, as it is registered with the application; further ones behind it are left
    ///     alone.
    ///   - keyPEM: Its RSA key (Entra takes no other kind), of at least 2,048 bits; it may be encrypted.
    ///   - passphrase: What the key is encrypted with; `nil`: it is not.
    ///   - authorityHost: Where Microsoft Entra is; `nil`: `https://login.microsoftonline.com`, the public cloud.
    ///   - options: Time limits, retries, the authorities to trust.
    /// - Throws: ``ServiceClientError`` with `invalidArgument` that says what is wrong with certificate or key; it never
    ///   quotes the key.
    public init(
        tenantID: String,
        clientID: String,
        certificatePEM: String,
        keyPEM: String,
        passphrase: String? = nil,
        authorityHost: String? = nil,
        options: ServiceClientOptions = .tokenRequests
    ) throws(ServiceClientError) {
        signer = try AssertionSigner(certificatePEM: certificatePEM, keyPEM: keyPEM, passphrase: passphrase)
        endpoint = try TokenEndpoint(
            clientID: clientID,
            tenantID: tenantID,
            authorityHost: authorityHost,
            options: options
        )
    }

    /// Creates a credential from a PEM file that holds both the certificate and its key; nothing is sent yet.
    ///
    /// - Parameters:
    ///   - tenantID: The id or a domain of the application's tenant.
    ///   - clientID: The application's id.
    ///   - certificateFile: The file, certificate and key in any order; it is read once.
    ///   - passphrase: What the key is encrypted with; `nil`: it is not.
    ///   - authorityHost: Where Microsoft Entra is; `nil`: `https://login.microsoftonline.com`, the public cloud.
    ///   - options: Time limits, retries, the authorities to trust.
    /// - Throws: ``ServiceClientError`` with `invalidArgument` that names the file and says what is wrong with it.
    public init(
        tenantID: String,
        clientID: String,
        certificateFile: String,
        passphrase: String? = nil,
        authorityHost: String? = nil,
        options: ServiceClientOptions = .tokenRequests
    ) throws(ServiceClientError) {
        let pem = try Self.pem(certificateFile)
        try self.init(
            tenantID: tenantID,
            clientID: clientID,
            certificatePEM: try Self.block("CERTIFICATE", of: pem, certificateFile),
            keyPEM: try Self.block("PRIVATE KEY", of: pem, certificateFile),
            passphrase: passphrase,
            authorityHost: authorityHost,
            options: options
        )
    }

    /// Signs an assertion and gets a new access token for it.
    ///
    /// - Throws: ``ServiceClientError`` with `noToken`, or `CancellationError`.
    public func getToken(scope: String) async throws -> AccessToken {
        try await endpoint.token(scope: scope) {
            .assertion(
                try signer.assertion(clientID: endpoint.clientID, audience: endpoint.url, at: HubConnection.wallClock())
            )
        }
    }

    private static func pem(_ path: String) throws(ServiceClientError) -> String {
        guard let bytes = FileManager.default.contents(atPath: path) else {
            throw .credential("cannot read '\(path)', the file with the client certificate")
        }
        guard let text = String(validating: bytes, as: UTF8.self), text.contains("-----BEGIN ") else {
            throw .credential(
                "'\(path)', the file with the client certificate, is not PEM; for PKCS #12: "
                    + "openssl pkcs12 -in FILE -out client.pem"
            )
        }
        return text
    }

    /// The first block of a kind; a key's kind may have RSA or ENCRYPTED before it.
    private static func block(_ kind: String, of text: String, _ path: String) throws(ServiceClientError) -> String {
        let lines = text.split(whereSeparator: \.isNewline)
        guard let first = lines.firstIndex(where: { $0.hasPrefix("-----BEGIN ") && $0.hasSuffix("\(kind)-----") }),
            let last = lines[first...].firstIndex(where: { $0.hasPrefix("-----END ") })
        else {
            throw .credential(
                "'\(path)', the file with the client certificate, has no \(kind.lowercased()); "
                    + "expected the certificate and its key, both as PEM"
            )
        }
        return lines[first...last].joined(separator: "\n") + "\n"
    }
}

extension ClientCertificateCredential: CustomStringConvertible, CustomReflectable {
    /// The application; not the key.
    public var description: String { "client certificate of application \(endpoint.clientID)" }

    /// The same for dumps.
    public var customMirror: Mirror { Mirror(self, children: ["clientID": endpoint.clientID]) }
}
