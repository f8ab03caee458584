import AMQPEngine
import IoTHub

extension AMQPError {
    /// The hub's refusal in AMQP's terms: its JSON error object as the text, as the real hub does.
    init(_ error: IoTHubError, at time: HubTimestamp) {
        let body = error.deviceBody(at: time)
        var info: AMQPMap = [:]
        if let id = body["trackingId"]?.stringValue { info[symbol: "com.microsoft:tracking-id"] = .string(id) }
        if error.code == .amqpAddressNotFound { info[symbol: "com.microsoft:is-filtered"] = .bool(true) }
        self.init(Condition(error.code), body.text, info: info)
    }

    /// Why a device's links are detached.
    init(_ reason: DeviceCloseReason, deviceID: String, at time: HubTimestamp) {
        switch reason {
        case .takenOver: self.init(.stolen, "a newer connection of the device took over")
        case .deviceDisabled: self.init(.disabled(deviceID), at: time)
        case .deviceRemoved: self.init(IoTHubError(.deviceNotFound, deviceID), at: time)
        case .hubStopping: self.init(.connectionForced, "the hub stops")
        }
    }
}

extension IoTHubError {
    /// Over AMQP the real hub says of a disabled device what it says of an unknown one.
    static func disabled(_ deviceID: String) -> IoTHubError {
        IoTHubError(.deviceNotFound, "the device '\(deviceID)' is disabled")
    }
}

extension AMQPError.Condition {
    /// The condition that clients take for a code of the hub's.
    ///
    /// Source: Azure IoT device SDK for .NET, `AmqpIotErrorAdapter`.
    init(_ code: IoTHubErrorCode) {
        switch code {
        case .iotHubMaxCbsTokenExceeded, .deviceMaximumQueueDepthExceeded, .iotHubQuotaExceeded:
            self = .resourceLimitExceeded
        case .linkCreationConflict: self = "com.microsoft:link-creation-conflict"
        case .featureNotSupported: self = .notImplemented
        case .invalidOperation: self = .notAllowed
        case .deviceDisabled: self = .notFound
        default:
            switch code.httpStatus {
            case 400: self = "com.microsoft:argument-error"
            case 401: self = .unauthorizedAccess
            case 404: self = .notFound
            case 412: self = "amqp:precondition-failed"
            case 413: self = .messageSizeExceeded
            case 429: self = "com.microsoft:device-container-throttled"
            default: self = .internalError
            }
        }
    }
}
