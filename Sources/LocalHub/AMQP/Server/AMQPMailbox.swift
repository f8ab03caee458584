import IoTHub
import NIOCore

/// What the registry has for the devices of one connection, until the connection's event loop comes for it.
final class AMQPMailbox: Sendable {
    private let handler: NIOLoopBound<AMQPChannelHandler>
    private let eventLoop: any EventLoop
    private let waiting = Mailbox<(AMQPDeviceConnection, DesiredChange)>()

    /// To be called on the event loop.
    init(_ handler: AMQPChannelHandler, eventLoop: any EventLoop) {
        self.handler = NIOLoopBound(handler, eventLoop: eventLoop)
        self.eventLoop = eventLoop
    }

    fileprivate func put(_ change: DesiredChange, for connection: AMQPDeviceConnection) {
        if waiting.put((connection, change)) { eventLoop.execute { self.handler.value.deliverWaitingChanges() } }
    }

    fileprivate func close(_ connection: AMQPDeviceConnection, because reason: DeviceCloseReason) {
        eventLoop.execute { self.handler.value.close(connection, because: reason) }
    }

    /// The changes that were not sent yet, in order; they are the caller's now.
    func take() -> [(AMQPDeviceConnection, DesiredChange)] { waiting.take() }
}

/// A device on an AMQP connection as the registry sees it: hands all over to the connection's event loop.
final class AMQPDeviceConnection: DeviceConnection {
    let deviceID: String
    let transport: TransportType
    private let mailbox: AMQPMailbox

    init(_ deviceID: String, over transport: TransportType, _ mailbox: AMQPMailbox) {
        self.deviceID = deviceID
        self.transport = transport
        self.mailbox = mailbox
    }

    func deliver(_ change: DesiredChange) { mailbox.put(change, for: self) }

    func close(because reason: DeviceCloseReason) { mailbox.close(self, because: reason) }
}
