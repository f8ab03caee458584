import NIOCore
import NIOSSL

/// The hub's end of TLS: its own certificate, and what becomes of its clients' certificates.
///
/// A client is asked for a certificate and need not have one; any is taken, for only the device that it claims to be says
/// which is right.
struct HubTLS: Sendable {
    let context: NIOSSLContext
    let clients: ClientCertificateCheck
    private let take: @Sendable ([NIOSSLCertificate], EventLoopPromise<NIOSSLVerificationResult>) -> Void

    init(context: NIOSSLContext, clients: ClientCertificateCheck) {
        self.context = context
        self.clients = clients
        take = clients.take
    }

    /// The handler that goes first into a connection's pipeline.
    func makeHandler() -> NIOSSLServerHandler {
        NIOSSLServerHandler(context: context, customVerificationCallback: take)
    }
}
