import IoTHub

/// What a link's address names.
///
/// Source: Azure IoT Hub documentation, "Communicate with your IoT hub by using the AMQP protocol"; link handlers of the
/// official SDKs.
enum AMQPAddress: Hashable {
    /// `$cbs`, where tokens go.
    case tokens
    /// Something of a device's.
    case device(String, AMQPDeviceNode)
    /// Something of a module's; the hub has no modules.
    case module
    /// What back ends send messages to, or get feedback from; the hub has no messages to devices.
    case service

    /// Reads an address: a path, or a URI of any scheme and host; nil for one that is none of those.
    ///
    /// Fixed parts compare without case, ids with case.
    init?(_ text: String) {
        var path = text[...]
        if let scheme = path.firstRange(of: "://") {
            path = path[scheme.upperBound...].drop { $0 != "/" }
        }
        let parts = path.split(separator: "/").map { PercentEncoding.decode($0) }
        let words = parts.map { $0.lowercased() }
        if words == ["$cbs"] {
            self = .tokens
        } else if words.first == "devices", words.count >= 3 {
            if words[2] == "modules" {
                guard words.count > 4, AMQPDeviceNode(words[4...]) != nil else { return nil }
                self = .module
            } else {
                guard let node = AMQPDeviceNode(words[2...]) else { return nil }
                self = .device(parts[1], node)
            }
        } else if words == ["messages", "devicebound"] || words == ["messages", "servicebound", "feedback"] {
            self = .service
        } else {
            return nil
        }
    }
}

/// What a device can attach links to.
enum AMQPDeviceNode: Hashable {
    case twin, telemetry, cloudToDevice, methods

    /// Reads the end of a path, in small letters.
    fileprivate init?(_ words: ArraySlice<String>) {
        switch Array(words) {
        case ["twin"]: self = .twin
        case ["messages", "events"]: self = .telemetry
        case ["messages", "devicebound"]: self = .cloudToDevice
        case ["methods", "devicebound"]: self = .methods
        default: return nil
        }
    }
}

/// The links that a device can have, one of each.
enum AMQPDeviceLink: Hashable {
    /// Twin requests, from the device.
    case twinRequests
    /// Answers and desired changes, to the device.
    case twinAnswers
    /// Telemetry, from the device.
    case telemetry
    /// Messages to the device.
    case cloudToDevice
    /// Method calls, to the device.
    case methodCalls
    /// Their results, from the device.
    case methodResults

    /// The link of a node; nil where the device may not send, or must.
    init?(_ node: AMQPDeviceNode, fromDevice: Bool) {
        switch (node, fromDevice) {
        case (.twin, true): self = .twinRequests
        case (.twin, false): self = .twinAnswers
        case (.telemetry, true): self = .telemetry
        case (.cloudToDevice, false): self = .cloudToDevice
        case (.methods, true): self = .methodResults
        case (.methods, false): self = .methodCalls
        case (.telemetry, false), (.cloudToDevice, true): return nil
        }
    }

    var isTwin: Bool { self == .twinRequests || self == .twinAnswers }
}
