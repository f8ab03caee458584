import AMQPEngine
import IoTHub

/// What the hub tells a device over its twin links.
///
/// The types are exact: the C SDK rejects a message with any other.
enum AMQPTwinAnswer {
    /// The answer to a GET.
    static func twin(_ body: [UInt8]) -> AMQPMessage { answer(200, body) }

    /// The answer to a PATCH.
    static func reported(version: Int64) -> AMQPMessage {
        // The real hub's status is not known for sure, 200 or 204; all SDKs take both, and this one is MQTT's.
        var answer = answer(204)
        answer.annotations[symbol: "version"] = .long(version)
        return answer
    }

    /// The answer to a PUT or a DELETE.
    static func done() -> AMQPMessage { answer(200) }

    /// The answer to a request that failed, with the reason as JSON.
    static func failure(_ error: IoTHubError, at time: HubTimestamp) -> AMQPMessage {
        answer(Int32(clamping: error.code.httpStatus), error.deviceBody(at: time).serialized())
    }

    /// A change of desired properties.
    static func desired(_ change: DesiredChange) -> AMQPMessage {
        var message = AMQPMessage(body: .data([change.body]))
        message.annotations = [
            .symbol("resource"): .string("/properties/desired"), .symbol("version"): .long(change.version),
        ]
        return message
    }

    private static func answer(_ status: Int32, _ body: [UInt8]? = nil) -> AMQPMessage {
        var message = AMQPMessage(body: body.map { .data([$0]) } ?? .none)
        message.annotations = [.symbol("status"): .int(status)]
        return message
    }
}
