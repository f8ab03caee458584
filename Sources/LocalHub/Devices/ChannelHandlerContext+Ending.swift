import Glibc
import NIOCore
import NIOSSL

extension ChannelHandlerContext {
    /// Closes the socket beneath TLS, without its farewell, as when the hub dies or the peer would not read it.
    func closeBeneathTLS() {
        // Without TLS in the pipeline there is nothing beneath.
        let tls = try? pipeline.syncOperations.context(handlerType: NIOSSLServerHandler.self)
        (tls ?? self).close(promise: nil)
    }
}

extension DeviceChannel {
    /// Whether an error of the channel means that the peer has gone.
    static func isLoss(_ error: any Error) -> Bool {
        switch error {
        case NIOSSLError.uncleanShutdown: true
        case let error as IOError: error.errnoCode == ECONNRESET || error.errnoCode == EPIPE
        default: false
        }
    }
}
