internal import IoTHub

/// What came in on a device's connection, already read and copied; the same over MQTT and AMQP.
enum LinkEvent: Sendable {
    /// The hub accepts the device and its credentials.
    case accepted
    /// The hub does not accept them.
    case refused(DeviceClientError)
    /// The hub has acknowledged the last change of subscriptions.
    case acknowledged
    /// A notification of desired properties.
    case desired(version: Int64, properties: TwinCollection)
    /// An answer to a twin request of ours.
    case answered(TwinAnswer)
    /// A twin request of ours cannot be sent.
    case unsendable(rid: UInt64, DeviceClientError)
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
