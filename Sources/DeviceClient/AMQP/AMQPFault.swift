internal import AMQPEngine
internal import IoTHub

/// Turns errors of AMQP and answers to put-token into errors with the reasons that MQTT's have.
enum AMQPFault {
    /// Why a link, a session or the connection was ended; `what` names it.
    ///
    /// Most of what a hub ends things for passes: it is updated, or another client of the device has taken over.
    static func error(_ error: AMQPError?, what: String) -> DeviceClientError {
        guard let error else { return DeviceClientError(.communication, "the hub has ended \(what)") }
        let text = error.text.map { ": \(words(of: $0))" } ?? ""
        let message = "the hub has ended \(what) (\(error.condition.rawValue))\(text)"
        return DeviceClientError(reason(error.condition), message)
    }

    /// What an answer to put-token means; nil for an acceptance.
    static func refusal(status: Int, description: String?, deviceID: String) -> DeviceClientError? {
        if (200..<300).contains(status) { return nil }
        let text = description.map { ": \(words(of: $0))" } ?? ""
        return switch status {
        case 401, 403:
            DeviceClientError(
                .unauthorized,
                "the hub does not accept the credentials of '\(deviceID)', or does not know it"
                    + " (put-token \(status))\(text)"
            )
        case 404: DeviceClientError(.deviceNotFound, "the hub has no device '\(deviceID)' (put-token 404)\(text)")
        case 429: DeviceClientError(.throttled, "the hub asks '\(deviceID)' for patience (put-token 429)\(text)")
        case 400..<500:
            DeviceClientError(.badRequest, "the hub finds fault with a put-token of '\(deviceID)' (\(status))\(text)")
        default:
            DeviceClientError(.serverError, "the hub could not take the token of '\(deviceID)' (\(status))\(text)")
        }
    }

    /// Source: Azure IoT SDK for C#, `AmqpIotErrorAdapter`.
    private static func reason(_ condition: AMQPError.Condition) -> DeviceClientError.Reason {
        switch condition {
        case .unauthorizedAccess: .unauthorized
        case .notFound: .deviceNotFound
        case .resourceLimitExceeded, "com.microsoft:quota-exceeded", "com.microsoft:device-container-throttled":
            .throttled
        case .notAllowed, .notImplemented, "com.microsoft:argument-error", "com.microsoft:argument-out-of-range":
            .badRequest
        default: .communication
        }
    }

    /// The message of the JSON error object that IoT Hub has for a description; else the description.
    private static func words(of text: String) -> String {
        guard text.first == "{", let json = try? JSON(parsing: Array(text.utf8)),
            let message = json["message"]?.stringValue ?? json["Message"]?.stringValue
        else { return text }
        return message
    }
}
