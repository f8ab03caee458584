import Foundation
import SwiftASN1
import Testing
import X509

@testable import LocalHub

@Suite("Certificates")
struct CertificateTests {
    let now = Date(timeIntervalSince1970: 1_800_000_000)
    let authority: CertificateAuthority

    init() throws { authority = try CertificateAuthority.make(at: now) }

    @Test("the authority is what OpenSSL insists on")
    func extensionsOfAuthority() throws {
        let certificate = try Certificate(pemEncoded: authority.certificatePEM)
        let constraints = try #require(certificate.extensions[oid: .X509ExtensionID.basicConstraints])
        #expect(constraints.critical)
        #expect(try certificate.extensions.basicConstraints == .isCertificateAuthority(maxPathLength: 0))
        #expect(certificate.extensions[oid: .X509ExtensionID.keyUsage]?.critical == true)
        #expect(try certificate.extensions.keyUsage?.keyCertSign == true)
        #expect(try certificate.extensions.subjectKeyIdentifier != nil)
        #expect(certificate.publicKey.isValidSignature(certificate.signature, for: certificate))
        #expect(certificate.notValidBefore < now)
    }

    @Test("a server's certificate names its issuer's key, its purpose and its names")
    func extensionsOfServer() throws {
        let server = try ServerCertificate.issue(names: ["localhost", "127.0.0.1", "::1"], by: authority, at: now)
        let certificate = try Certificate(pemEncoded: server.certificatePEM)
        let extensions = certificate.extensions
        #expect(try extensions.basicConstraints == .notCertificateAuthority)
        #expect(try extensions.extendedKeyUsage?.contains(.serverAuth) == true)
        #expect(
            try extensions.authorityKeyIdentifier?.keyIdentifier
                == authority.certificate.extensions.subjectKeyIdentifier?.keyIdentifier
        )
        let names = try #require(try extensions.subjectAlternativeNames)
        #expect(names.count == 3)
        #expect(names.contains(.dnsName("localhost")))
        #expect(!names.contains(.dnsName("127.0.0.1")), "an address is not a DNS name")
        #expect(authority.certificate.publicKey.isValidSignature(certificate.signature, for: certificate))
        _ = try server.makeTLS()
    }

    @Test("what was written is read back; a key of another certificate is not taken")
    func roundTrip() throws {
        let other = try CertificateAuthority.make(at: now)
        let back = try CertificateAuthority(certificatePEM: authority.certificatePEM, keyPEM: authority.keyPEM)
        #expect(back.certificate == authority.certificate)
        #expect(throws: CertificateAuthority.KeyMismatch.self) {
            try CertificateAuthority(certificatePEM: authority.certificatePEM, keyPEM: other.keyPEM)
        }
    }

    @Test("a certificate does until its end is near, for its own names and issuer only")
    func renewal() throws {
        let server = try ServerCertificate.issue(names: ["a", "127.0.0.1"], by: authority, at: now)
        #expect(server.isGood(for: ["127.0.0.1", "a"], from: authority, at: now))
        #expect(!server.isGood(for: ["a"], from: authority, at: now))
        #expect(!server.isGood(for: ["a", "b", "127.0.0.1"], from: authority, at: now))
        #expect(!server.isGood(for: ["a", "127.0.0.1"], from: try .make(at: now), at: now))
        let near = server.certificate.notValidAfter - ServerCertificate.renewalMargin
        #expect(server.isGood(for: ["a", "127.0.0.1"], from: authority, at: near - 1))
        #expect(!server.isGood(for: ["a", "127.0.0.1"], from: authority, at: near + 1))
        #expect(!server.isGood(for: ["a", "127.0.0.1"], from: authority, at: now - 86_400))
    }
}
