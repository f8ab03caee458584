import Crypto
import Foundation
import Glibc
import NIOSSL
import SwiftASN1
import X509

/// The certificate that the hub shows to its clients, with its key.
struct ServerCertificate: Sendable {
    let certificate: Certificate
    private let key: P256.Signing.PrivateKey

    /// One year: a new one is made at a start when the end is near.
    private static let lifetime: TimeInterval = 365 * 86_400
    /// How near its end a certificate is made anew.
    static let renewalMargin: TimeInterval = 30 * 86_400

    /// Issues a certificate for these names and addresses.
    static func issue(names: [String], by authority: CertificateAuthority, at now: Date) throws -> ServerCertificate {
        let key = P256.Signing.PrivateKey()
        let certificate = try authority.sign(
            publicKey: Certificate.PublicKey(key.publicKey),
            commonName: String((names.first ?? "localhost").prefix(64)),
            until: min(now + lifetime, authority.certificate.notValidAfter),
            at: now,
            names: names.map(generalName)
        )
        return ServerCertificate(certificate: certificate, key: key)
    }

    /// Reads a certificate back.
    /// - Throws: when a text is not PEM, or the key is not the certificate's.
    init(certificatePEM: String, keyPEM: String) throws {
        let certificate = try Certificate(pemEncoded: certificatePEM)
        let key = try P256.Signing.PrivateKey(pemRepresentation: keyPEM)
        guard certificate.publicKey == Certificate.PublicKey(key.publicKey) else {
            throw CertificateAuthority.KeyMismatch()
        }
        self.init(certificate: certificate, key: key)
    }

    private init(certificate: Certificate, key: P256.Signing.PrivateKey) {
        self.certificate = certificate
        self.key = key
    }

    var certificatePEM: String {
        get throws { try certificate.serializeAsPEM().pemString + "\n" }
    }

    var keyPEM: String { key.pemRepresentation + "\n" }

    /// Whether it will still do: right issuer, these very names, and not near its end.
    func isGood(for names: [String], from authority: CertificateAuthority, at now: Date) -> Bool {
        guard let own = try? certificate.extensions.subjectAlternativeNames else { return false }
        return isSigned(by: authority) && Set(own) == Set(names.map(Self.generalName))
            && certificate.notValidBefore <= now && certificate.notValidAfter - Self.renewalMargin > now
    }

    /// Whether this authority has issued it.
    func isSigned(by authority: CertificateAuthority) -> Bool {
        authority.certificate.publicKey.isValidSignature(certificate.signature, for: certificate)
    }

    /// The hub's end of TLS: 1.2 (azure-iot-device speaks nothing newer) and 1.3.
    /// - Parameter clients: told of the certificates that clients show.
    /// - Returns: what the listeners share.
    /// - Throws: when the TLS library does not take the certificate.
    func makeTLS(clients: ClientCertificateCheck = ClientCertificateCheck()) throws -> HubTLS {
        var serializer = DER.Serializer()
        try serializer.serialize(certificate)
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: [.certificate(try NIOSSLCertificate(bytes: serializer.serializedBytes, format: .der))],
            privateKey: .privateKey(try NIOSSLPrivateKey(bytes: Array(key.derRepresentation), format: .der))
        )
        configuration.minimumTLSVersion = .tlsv12
        // A certificate is asked for. What comes is the client check's matter, so the system's authorities are not read.
        configuration.certificateVerification = .optionalVerification
        configuration.trustRoots = .certificates([])
        return HubTLS(context: try NIOSSLContext(configuration: configuration), clients: clients)
    }

    /// A name as it stands in a certificate: an address as its bytes, all else as a DNS name.
    private static func generalName(_ name: String) -> GeneralName {
        var four = in_addr()
        if inet_pton(AF_INET, name, &four) == 1 {
            return .ipAddress(ASN1OctetString(contentBytes: withUnsafeBytes(of: four) { [UInt8]($0)[...] }))
        }
        var six = in6_addr()
        if inet_pton(AF_INET6, name, &six) == 1 {
            return .ipAddress(ASN1OctetString(contentBytes: withUnsafeBytes(of: six) { [UInt8]($0)[...] }))
        }
        return .dnsName(name)
    }
}
