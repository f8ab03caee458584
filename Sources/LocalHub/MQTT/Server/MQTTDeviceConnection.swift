import IoTHub
import NIOCore

/// A connected device as the registry sees it: hands all over to the connection's event loop.
final class MQTTDeviceConnection: DeviceConnection {
    let transport: TransportType
    private let handler: NIOLoopBound<MQTTChannelHandler>
    private let eventLoop: any EventLoop
    private let waiting = Mailbox<DesiredChange>()

    /// To be called on the event loop.
    init(_ handler: MQTTChannelHandler, over transport: TransportType, eventLoop: any EventLoop) {
        self.transport = transport
        self.handler = NIOLoopBound(handler, eventLoop: eventLoop)
        self.eventLoop = eventLoop
    }

    func deliver(_ change: DesiredChange) {
        if waiting.put(change) { eventLoop.execute { self.handler.value.deliverWaitingChanges() } }
    }

    func close(because reason: DeviceCloseReason) {
        eventLoop.execute { self.handler.value.close(because: reason) }
    }

    /// The changes that were not sent yet, in order; they are the caller's now.
    func takeWaitingChanges() -> [DesiredChange] { waiting.take() }
}
