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
        packet(status: error.code.httpStatus, requestID: requestID, body: body(of: error, at: time).serialized())
    }

    private static func packet(status: Int, requestID: String, body: [UInt8]) -> MQTTServerPacket {
        .publish(MQTTDelivery(topic: "$iothub/twin/res/\(status)/?$rid=\(requestID)", payload: body))
    }

    /// `{"errorCode":400004,"trackingId":"…","message":"…","timestampUtc":"…"}`.
    private static func body(of error: IoTHubError, at time: HubTimestamp) -> JSONObject {
        let timestamp = time.description
        return [
            "errorCode": .integer(Int64(error.code.rawValue)),
            "trackingId": .string(trackingID(at: timestamp)),
            "message": .string(error.message),
            "timestampUtc": .string(timestamp),
        ]
    }

    /// 32 random hexadecimal digits, then `-G:7-TimeStamp:01/12/2021 22:23:43`, as the real hub writes it.
    private static func trackingID(at timestamp: String) -> String {
        let digits = (0..<32).map { _ in String(UInt8.random(in: 0...15), radix: 16) }.joined()
        let parts = timestamp.prefix(19).split(whereSeparator: { $0 == "-" || $0 == "T" })
        guard parts.count == 4 else { return digits }
        return "\(digits)-G:7-TimeStamp:\(parts[1])/\(parts[2])/\(parts[0]) \(parts[3])"
    }
}
