import NIOCore

/// How hard a message is tried to be delivered.
enum MQTTQualityOfService: UInt8, Sendable, Hashable {
    case atMostOnce = 0
    case atLeastOnce = 1
    case exactlyOnce = 2
}

/// What a CONNECT asks for.
struct MQTTConnect: Sendable, Hashable {
    /// The message that the hub sends in the device's name when the connection breaks.
    struct Will: Sendable, Hashable {
        var topic: String
        var message: [UInt8]
        var quality: MQTTQualityOfService
        var retain: Bool
    }

    var clientID: String
    var cleanSession: Bool
    /// Seconds; 0 for none.
    var keepAlive: UInt16
    var will: Will?
    var userName: String?
    /// The SAS token, for a device with keys; it must never be logged.
    var password: [UInt8]?
}

/// A message from a device.
struct MQTTPublish: Sendable, Hashable {
    var topic: String
    var payload: ByteBuffer
    var quality: MQTTQualityOfService
    /// 0 with QoS 0.
    var packetID: UInt16
    var retain: Bool
    var duplicate: Bool
}

/// A topic filter with the quality of service asked for it.
struct MQTTSubscription: Sendable, Hashable {
    var filter: String
    var quality: MQTTQualityOfService
}

/// A packet that a device sends.
enum MQTTClientPacket: Sendable, Hashable {
    case connect(MQTTConnect)
    /// A CONNECT of another version of MQTT; what follows its level is not read.
    case connectOfOtherVersion(level: UInt8)
    case publish(MQTTPublish)
    case publishAcknowledgement(packetID: UInt16)
    case subscribe(packetID: UInt16, [MQTTSubscription])
    case unsubscribe(packetID: UInt16, [String])
    case pingRequest
    case disconnect
}
