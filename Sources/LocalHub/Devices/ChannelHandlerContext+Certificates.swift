import NIOCore
import NIOSSL

extension ChannelHandlerContext {
    /// The certificate that the client showed in the TLS handshake; nil when it showed none, and without TLS.
    ///
    /// To be asked once the handshake is over, as it is when bytes arrive.
    func clientCertificates(_ check: ClientCertificateCheck) -> ClientCertificates? {
        guard let tls = try? pipeline.syncOperations.handler(type: NIOSSLServerHandler.self) else { return nil }
        return tls.peerCertificate.flatMap { check.certificates($0) }
    }
}
