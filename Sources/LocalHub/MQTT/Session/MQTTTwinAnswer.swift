import IoTHub

/// The hub's answers to twin requests.
///
/// The request id comes first and as it was, the version after it and nothing else: the official SDKs take the topic
/// apart in different ways, and only this form suits all.
enum MQTTTwinAnswer {
    /// The answer to a twin GET.
    static func twin(_ body: [UInt8], requestID: String) -> MQTTServerPacket {
        packet(status: 200, requestID: requestID, body: body)
    }

    /// The answer to a change of reported properties.
    static func reported(version: Int64, requestID: String) -> MQTTServerPacket {
        .publish(MQTTDelivery(topic: "$iothub/twin/res/204/?$rid=\(requestID)&$version=\(version)", payload: []))
    }

    /// The answer to a request that failed, with the reason as JSON.
    static func failure(_ error: IoTHubError, requestID: String, at time: HubTimestamp) -> MQTTServerPacket {
        packet(status: error.code.httpStatus, requestID: requestID, body: error.deviceBody(at: time).serialized())
    }

    private static func packet(status: Int, requestID: String, body: [UInt8]) -> MQTTServerPacket {
        .publish(MQTTDelivery(topic: "$iothub/twin/res/\(status)/?$rid=\(requestID)", payload: body))
    }
}
