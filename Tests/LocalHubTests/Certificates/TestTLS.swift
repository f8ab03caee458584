import Foundation
import NIOSSL
import TestKit

@testable import LocalHub

/// TLS for a server that a test starts by itself, and for its clients.
struct TestTLS: Sendable {
    let server: HubTLS
    /// Shows no certificate.
    let client: NIOSSLContext
    private let roots: NIOSSLTrustRoots

    /// Makes an authority and a certificate for `localhost`.
    /// - Parameters:
    ///   - authorities: those whose certificates clients may show.
    ///   - clock: the server's.
    /// - Throws: what the making throws.
    init(trusting authorities: [TestAuthority] = [], clock: DeviceClock = .system) throws {
        let authority = try CertificateAuthority.make(at: Date())
        let certificate = try ServerCertificate.issue(names: ["localhost"], by: authority, at: Date())
        let trusted = try authorities.enumerated().map { index, authority in
            try TrustedAuthority(kept: DeviceAuthority(name: "ca-\(index)", pem: authority.certificatePEM))
        }
        server = try certificate.makeTLS(
            clients: ClientCertificateCheck(authorities: trusted, seconds: clock.secondsSinceEpoch)
        )
        roots = .certificates([try NIOSSLCertificate(bytes: Array(authority.certificatePEM.utf8), format: .pem)])
        client = try Self.context(roots)
    }

    /// The context of a client.
    /// - Parameters:
    ///   - certificate: what it shows; nil for nothing.
    ///   - key: another key than the certificate's.
    ///   - newest: the newest version of TLS that it speaks.
    /// - Returns: the context.
    /// - Throws: when the TLS library does not take the certificate.
    func client(
        _ certificate: TestCertificate?,
        key: NIOSSLPrivateKey? = nil,
        upTo newest: TLSVersion = .tlsv13
    ) throws -> NIOSSLContext {
        try Self.context(roots, certificate, key, newest)
    }

    /// The context of a client of a whole hub.
    /// - Parameters:
    ///   - file: the authority of the hub's own certificate.
    ///   - certificate: what the client shows.
    ///   - newest: the newest version of TLS that it speaks.
    /// - Returns: the context.
    /// - Throws: when the TLS library does not take a certificate.
    static func client(
        trusting file: String,
        showing certificate: TestCertificate,
        upTo newest: TLSVersion = .tlsv13
    ) throws -> NIOSSLContext {
        try context(.file(file), certificate, nil, newest)
    }

    private static func context(
        _ roots: NIOSSLTrustRoots,
        _ certificate: TestCertificate? = nil,
        _ key: NIOSSLPrivateKey? = nil,
        _ newest: TLSVersion = .tlsv13
    ) throws -> NIOSSLContext {
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.trustRoots = roots
        configuration.maximumTLSVersion = newest
        if let certificate {
            configuration.certificateChain = try NIOSSLCertificate.fromPEMBytes(Array(certificate.certificatePEM.utf8))
                .map { .certificate($0) }
            configuration.privateKey = .privateKey(
                try key ?? NIOSSLPrivateKey(bytes: Array(certificate.keyPEM.utf8), format: .pem)
            )
        }
        return try NIOSSLContext(configuration: configuration)
    }
}
