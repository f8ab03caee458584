import IoTHub

/// What a device means by the topic that it publishes to.
///
/// Source: Azure IoT Hub documentation, "Communicate with an IoT hub using the MQTT protocol".
enum MQTTDeviceTopic: Sendable, Hashable {
    /// A request for the twin; nil when it has no request id.
    case twinGet(requestID: String?)
    /// A change of reported properties.
    case reportedPatch(requestID: String?, expectedVersion: ExpectedVersion)
    /// The answer to a direct method.
    case methodResponse(status: Int, requestID: String)
    /// A message to the back end, with its property bag as it stands.
    case telemetry(properties: String)

    /// The reported `$version` that a change builds on.
    enum ExpectedVersion: Sendable, Hashable {
        case any
        case exactly(Int64)
        /// A text that is no version.
        case malformed(String)
    }

    /// Longest request id, in bytes; the hub echoes it in a topic, which has to fit MQTT's length field.
    static let maximumRequestIDLength = 1024

    /// Reads a topic; nil when it is none that a device may publish to.
    ///
    /// All is compared byte by byte: a request id must come back as it is.
    init?(_ topic: String, deviceID: String) {
        let topic = topic.utf8[...]
        if let query = topic.rest(after: "$iothub/twin/GET/") {
            guard let properties = RequestProperties(query) else { return nil }
            self = .twinGet(requestID: properties.requestID)
        } else if let query = topic.rest(after: "$iothub/twin/PATCH/properties/reported/") {
            guard let properties = RequestProperties(query) else { return nil }
            self = .reportedPatch(requestID: properties.requestID, expectedVersion: properties.version)
        } else if let answer = topic.rest(after: "$iothub/methods/res/") {
            guard let slash = answer.firstIndex(of: UInt8(ascii: "/")), let status = Int(Substring(answer[..<slash])),
                let requestID = RequestProperties(answer[answer.index(after: slash)...])?.requestID
            else { return nil }
            self = .methodResponse(status: status, requestID: requestID)
        } else if let rest = topic.rest(after: "devices/\(deviceID)/messages/events") {
            // Some clients leave the slash off when there is no bag; .NET puts one behind it.
            guard let bag = rest.isEmpty ? rest : rest.rest(after: "/") else { return nil }
            self = .telemetry(properties: String(Substring(bag.last == UInt8(ascii: "/") ? bag.dropLast() : bag)))
        } else {
            return nil
        }
    }
}

/// The part of a request's topic behind its last slash: `?$rid={request id}&$version={n}`, in any order.
private struct RequestProperties {
    /// The request id exactly as it stands, since it is echoed; nil when there is none.
    var requestID: String?
    var version = MQTTDeviceTopic.ExpectedVersion.any

    /// Reads the text; nil when it is not of that form.
    ///
    /// Nothing at all, or a lone `?`, is a request without id.
    init?(_ text: Substring.UTF8View) {
        if text.isEmpty { return }
        guard let query = text.rest(after: "?") else { return nil }
        for part in query.split(separator: UInt8(ascii: "&")) {
            guard let equals = part.firstIndex(of: UInt8(ascii: "=")) else { return nil }
            let value = Substring(part[part.index(after: equals)...])
            switch PercentEncoding.decode(Substring(part[..<equals])) {
            case "$rid":
                guard value.utf8.count <= MQTTDeviceTopic.maximumRequestIDLength else { return nil }
                requestID = value.isEmpty ? nil : String(value)
            case "$version":
                version = Int64(value).map { .exactly($0) } ?? .malformed(String(value))
            default:
                continue
            }
        }
    }
}

extension Substring.UTF8View {
    /// What follows a prefix; nil when the text does not begin with it.
    fileprivate func rest(after prefix: String) -> Substring.UTF8View? {
        starts(with: prefix.utf8) ? dropFirst(prefix.utf8.count) : nil
    }
}
