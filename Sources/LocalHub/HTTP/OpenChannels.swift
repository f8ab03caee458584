import NIOCore
import Synchronization

/// The connections of a server, so that it can end them all.
final class OpenChannels: Sendable {
    /// How long a connection may take to say goodbye before its socket is closed under it.
    private static let patience = TimeAmount.milliseconds(200)

    private let channels = Mutex<[ObjectIdentifier: any Channel]>([:])

    /// Takes a new channel in until it closes; to be called on its event loop, before TLS is added.
    /// - Throws: when the channel's pipeline is gone already.
    func add(_ channel: any Channel) throws {
        let key = ObjectIdentifier(channel)
        channels.withLock { $0[key] = channel }
        channel.closeFuture.whenComplete { _ in
            self.channels.withLock { _ = $0.removeValue(forKey: key) }
        }
        try channel.pipeline.syncOperations.addHandler(SocketCloser())
    }

    /// Closes all, in good manners first.
    func closeAll() {
        for channel in channels.withLock({ Array($0.values) }) {
            channel.eventLoop.execute {
                channel.close(promise: nil)
                // TLS would wait five seconds for the client's farewell.
                channel.eventLoop.scheduleTask(in: Self.patience) {
                    channel.pipeline.fireUserInboundEventTriggered(SocketCloser.Now())
                }
            }
        }
    }
}

/// Sits between the socket and TLS: what it closes is closed at once.
private final class SocketCloser: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    /// The event that asks for it.
    struct Now: Sendable {}

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if event is Now { context.close(promise: nil) } else { context.fireUserInboundEventTriggered(event) }
    }
}
