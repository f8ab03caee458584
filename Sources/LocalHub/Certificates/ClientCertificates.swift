import Crypto
import Foundation
import SwiftASN1
import X509

/// The certificate that a client showed in the TLS handshake, of which it has the key; what follows from it is decided
/// later, by the device that it claims to be.
struct ClientCertificates: Sendable, Hashable {
    /// Whether the certificate chains to a registered authority.
    enum Trust: Sendable, Hashable {
        /// It does, and every certificate of the chain is valid at these times.
        case trusted(authority: String, CertificateValidity)
        /// It does not, and why.
        case untrusted(String)
    }

    /// The certificate itself, in DER.
    let leaf: [UInt8]
    let validity: CertificateValidity
    let trust: Trust

    /// SHA-1, 40 hexadecimal digits, upper case.
    var sha1Thumbprint: String { Self.hex(Insecure.SHA1.hash(data: leaf)) }
    /// SHA-256, 64 hexadecimal digits, upper case.
    var sha256Thumbprint: String { Self.hex(SHA256.hash(data: leaf)) }

    /// The subject's common name; nil when it has none, or more than one.
    var commonName: String? {
        guard let certificate = try? Certificate(derEncoded: leaf) else { return nil }
        let names = certificate.subject.flatMap { $0 }.filter { $0.type == .RDNAttributeType.commonName }
        guard let name = names.first, names.count == 1 else { return nil }
        return String(name.value)
    }

    /// Whether one of its thumbprints is this one, in letters of either case.
    func has(thumbprint: String) -> Bool {
        switch thumbprint.utf8.count {
        case 40: sha1Thumbprint == thumbprint.uppercased()
        case 64: sha256Thumbprint == thumbprint.uppercased()
        default: false
        }
    }

    private static func hex(_ digest: some Digest) -> String {
        let digits = Array("0123456789ABCDEF".utf8)
        return String(decoding: digest.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }
}
