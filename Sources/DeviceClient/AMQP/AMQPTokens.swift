internal import AMQPEngine

/// The `$cbs` node of one connection: it takes the tokens of the connection's devices, over a session of its own.
///
/// Source: OASIS AMQP Claims-based Security; Azure IoT SDK for C#, `AmqpIotCbsLink`.
final class AMQPTokens {
    private static let node = "$cbs"

    private let engine: AMQPConnection
    let session: AMQPSession
    private let sender: AMQPLink
    private let receiver: AMQPLink
    private var lastNumber: UInt64 = 0
    /// The devices that wait for an answer, by the numbers of their messages.
    private var waiting: [UInt64: AMQPDevice] = [:]
    /// The numbers of messages that the hub has not settled.
    private var unsettled: [AMQPDeliveryID: UInt64] = [:]
    /// What waits for credit, oldest first.
    private var unsent: [(number: UInt64, bytes: [UInt8])] = []

    init(_ engine: AMQPConnection) throws(AMQPError) {
        self.engine = engine
        session = try engine.beginSession()
        var options = AMQPLinkOptions()
        options.creditWindow = 100
        let node = AMQPTerminus(Self.node)
        sender = try engine.attach(.sender, "cbs-sender", in: session, source: node, target: node)
        receiver = try engine.attach(.receiver, "cbs-receiver", in: session, source: node, target: node, options)
    }

    /// Shows a device's token; the device's `tokenAnswered` follows.
    func put(_ token: String, for device: AMQPDevice, audience: String) {
        lastNumber += 1
        var message = AMQPMessage(body: .value(.string(token)))
        message.properties.messageID = .string(String(lastNumber))
        message.properties.to = Self.node
        message.properties.replyTo = "cbs"
        message.applicationProperties = [
            .string("operation"): .string("put-token"),
            .string("type"): .string("servicebus.windows.net:sastoken"),
            .string("name"): .string(audience),
        ]
        waiting[lastNumber] = device
        unsent.append((lastNumber, message.encoded))
        flush()
    }

    /// A device is not interested any more.
    func forget(_ device: AMQPDevice) {
        for (number, one) in waiting where one === device { waiting[number] = nil }
        unsent.removeAll { waiting[$0.number] == nil }
    }

    /// Sends what credit there is for.
    func flush() {
        var count = 0
        defer { unsent.removeFirst(count) }
        while count < unsent.count, sender.remote?.target != nil, sender.credit > 0 {
            let one = unsent[count]
            count += 1
            do throws(AMQPError) { unsettled[try engine.send(one.bytes, over: sender)] = one.number } catch {
                waiting.removeValue(forKey: one.number)?.lose(AMQPFault.error(error, what: "the link for tokens"))
            }
        }
    }

    /// The hub has said what becomes of a message; without a rejection its answer follows, or has come already.
    func settled(_ id: AMQPDeliveryID, _ outcome: AMQPOutcome?) {
        guard let number = unsettled.removeValue(forKey: id), case .rejected(let error)? = outcome else { return }
        waiting.removeValue(forKey: number)?.lose(AMQPFault.error(error, what: "the transfer of a token"))
    }

    func received(_ delivery: AMQPDelivery) {
        if !delivery.isSettled { engine.settle(delivery.id, .accepted) }
        guard let message = try? AMQPMessage(decoding: delivery.bytes),
            case .string(let id)? = message.properties.correlationID, let number = UInt64(id),
            let device = waiting.removeValue(forKey: number)
        else { return }
        let status = message.applicationProperties[string: "status-code"]?.integer
        let description = message.applicationProperties[string: "status-description"]?.text
        device.tokenAnswered(status: status.map { Int(clamping: $0) } ?? 0, description: description)
    }
}
