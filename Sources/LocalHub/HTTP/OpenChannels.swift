import NIOConcurrencyHelpers
import NIOCore

/// The connections of a server, so that it can end them all.
final class OpenChannels: Sendable {
    /// How long a connection may take to say goodbye before its socket is closed under it.
    private static let patience = TimeAmount.milliseconds(200)

    private struct State {
        var isClosed = false
        var channels: [ObjectIdentifier: any Channel] = [:]
    }

    private let state = NIOLockedValueBox(State())

    /// Takes a new channel in until it closes; to be called on its event loop, before TLS is added.
    /// - Throws: `ChannelError.ioOnClosedChannel` after `closeAll()`.
    func add(_ channel: any Channel) throws {
        let key = ObjectIdentifier(channel)
        let isTaken = state.withLockedValue { state in
            if !state.isClosed { state.channels[key] = channel }
            return !state.isClosed
        }
        guard isTaken else { throw ChannelError.ioOnClosedChannel }
        channel.closeFuture.whenComplete { _ in
            self.state.withLockedValue { _ = $0.channels.removeValue(forKey: key) }
        }
        try channel.pipeline.syncOperations.addHandler(SocketCloser())
    }

    /// Closes all, in good manners first, and takes no more.
    func closeAll() {
        let channels = state.withLockedValue { state in
            state.isClosed = true
            return Array(state.channels.values)
        }
        for channel in channels {
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
