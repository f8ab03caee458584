internal import IoTHub

/// What came in over MQTT, already read and copied.
enum MQTTEvent: Sendable {
    /// CONNACK with its return code.
    case connectAnswered(code: Int32)
    /// SUBACK; false when the hub refused a filter.
    case subscribed(message: Int32, isGranted: Bool)
    /// UNSUBACK.
    case unsubscribed(message: Int32)
    /// A notification of desired properties.
    case desired(version: Int64, properties: TwinCollection)
    /// An answer to a twin request of ours.
    case answered(TwinAnswer)
    /// Something that is not what the protocol promises, in words.
    case malformed(String)
}

/// The hub's answer to a twin request.
struct TwinAnswer: Sendable {
    var rid: UInt64
    var status: Int
    /// The new reported `$version`, in the answer to a patch.
    var version: Int64?
    /// The body; nil when there is none or it is not JSON.
    var body: JSON?
}
