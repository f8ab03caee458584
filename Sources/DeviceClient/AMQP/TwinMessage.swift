internal import AMQPEngine
internal import IoTHub

/// The messages of the twin links.
///
/// Source: Azure IoT SDK for C#, `AmqpTransportHandler` and `AmqpIotSendingLink`.
enum TwinMessage {
    /// What comes in over the receiving link.
    enum Incoming {
        case event(LinkEvent)
        /// The hub's answer to a change of subscriptions.
        case subscriptionAnswer(number: UInt64, status: Int)
        /// An answer to somebody else's request.
        case foreign
    }

    private static let desiredNotifications = "/notifications/twin/properties/desired"
    /// What the correlation ids of changes of subscriptions begin with; those of requests are plain numbers.
    private static let subscriptionPrefix = "subscription-"

    static func request(_ request: TwinRequest, rid: UInt64) -> [UInt8] {
        var message = AMQPMessage()
        message.properties.correlationID = .string(String(rid))
        switch request {
        case .get: message.annotations = [.symbol("operation"): .string("GET")]
        case .patchReported(let body, let version):
            message.annotations = [
                .symbol("operation"): .string("PATCH"), .symbol("resource"): .string("/properties/reported"),
                .symbol("version"): version.map { .long($0) } ?? .null,
            ]
            message.body = .data([body])
        }
        return message.encoded
    }

    static func subscription(isOn: Bool, number: UInt64) -> [UInt8] {
        var message = AMQPMessage()
        message.properties.correlationID = .string(subscriptionPrefix + String(number))
        message.annotations = [
            .symbol("operation"): .string(isOn ? "PUT" : "DELETE"),
            .symbol("resource"): .string(desiredNotifications), .symbol("version"): .null,
        ]
        return message.encoded
    }

    /// Reads a message of the hub.
    static func read(_ bytes: [UInt8]) -> Incoming {
        let message: AMQPMessage
        do { message = try AMQPMessage(decoding: bytes) } catch {
            return .event(.malformed("a message that is none: \(error)"))
        }
        guard let correlation = message.properties.correlationID else { return .event(notification(message)) }
        guard case .string(let id) = correlation else { return .foreign }
        guard let status = message.annotations[symbol: "status"]?.integer, (100...999).contains(status) else {
            return .event(.malformed("an answer without a status"))
        }
        if let number = id.hasPrefix(subscriptionPrefix) ? UInt64(id.dropFirst(subscriptionPrefix.count)) : nil {
            return .subscriptionAnswer(number: number, status: Int(status))
        }
        guard let rid = UInt64(id) else { return .foreign }
        // The status says enough when an error has a body that is no JSON.
        let json = body(of: message).flatMap { try? JSON(parsing: $0) }
        let version = message.annotations[symbol: "version"]?.integer
        return .event(.answered(TwinAnswer(rid: rid, status: Int(status), version: version, body: json)))
    }

    private static func notification(_ message: AMQPMessage) -> LinkEvent {
        do {
            let properties = TwinCollection(section: try JSONObject(parsing: body(of: message) ?? []))
            guard let version = properties.version ?? message.annotations[symbol: "version"]?.integer else {
                return .malformed("a notification of desired properties without $version")
            }
            return .desired(version: version, properties: properties)
        } catch {
            return .malformed("a notification of desired properties that is no JSON object: \(error)")
        }
    }

    private static func body(of message: AMQPMessage) -> [UInt8]? {
        switch message.body {
        case .data(let parts): parts.count == 1 ? parts[0] : Array(parts.joined())
        case .value(.string(let text)): Array(text.utf8)
        case .none, .sequence, .value: nil
        }
    }
}
