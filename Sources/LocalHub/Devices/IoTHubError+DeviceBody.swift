import IoTHub

extension IoTHubError {
    /// The error as devices get to see it:
    /// `{"errorCode":400004,"trackingId":"…","message":"…","timestampUtc":"…"}`.
    func deviceBody(at time: HubTimestamp) -> JSONObject {
        let timestamp = time.description
        return [
            "errorCode": .integer(Int64(code.rawValue)),
            "trackingId": .string(Self.trackingID(at: timestamp)),
            "message": .string(message),
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
