import DeviceClient
import Foundation
import NIOCore
import NIOPosix
import NIOSSL
import TestKit

@testable import LocalHub

/// A TLS server that takes no client without a certificate of one authority, as an edge gateway may be, and speaks no
/// protocol over it.
struct PickyPeer: Sendable {
    /// Where it listens.
    let port: Int
    /// What trusts it.
    let tls: DeviceTLS
    private let listener: any Channel

    static func with(
        _ authority: TestAuthority,
        version: TLSVersion,
        _ body: (PickyPeer) async throws -> Void
    ) async throws {
        let directory = try TemporaryDirectory()
        let own = try CertificateAuthority.make(at: Date())
        let server = try ServerCertificate.issue(names: ["localhost"], by: own, at: Date())
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: [
                .certificate(try NIOSSLCertificate(bytes: Array(try server.certificatePEM.utf8), format: .pem))
            ],
            privateKey: .privateKey(try NIOSSLPrivateKey(bytes: Array(server.keyPEM.utf8), format: .pem))
        )
        configuration.certificateVerification = .noHostnameVerification
        configuration.trustRoots = .certificates(
            [try NIOSSLCertificate(bytes: Array(authority.certificatePEM.utf8), format: .pem)]
        )
        configuration.minimumTLSVersion = version
        configuration.maximumTLSVersion = version
        let context = try NIOSSLContext(configuration: configuration)
        let listener = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(NIOSSLServerHandler(context: context))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        let peer = PickyPeer(
            port: listener.localAddress?.port ?? 0,
            tls: try DeviceTLS(trustedCAFile: directory.write(try own.certificatePEM, to: "ca.pem")),
            listener: listener
        )
        do {
            try await body(peer)
            try await listener.close()
        } catch {
            try? await listener.close()
            throw error
        }
    }
}
