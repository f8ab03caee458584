/// What makes a stream of bytes no MQTT 3.1.1 from a client; it ends the connection.
enum MQTTDecodingError: Error, Hashable {
    case unknownPacketType(UInt8)
    /// A packet that only servers send, or one of the QoS 2 handshake, which the hub never begins.
    case unexpectedPacketType(UInt8)
    case remainingLengthTooLong
    case packetTooLarge(Int)
    case badFlags(type: UInt8, flags: UInt8)
    case truncated(type: UInt8)
    case trailingBytes(type: UInt8)
    case badText(type: UInt8)
    case badProtocolName
    case badConnectFlags(UInt8)
    case badQualityOfService(UInt8)
    case duplicateWithoutQualityOfService
    case zeroPacketID(type: UInt8)
    case badTopic
    case noFilters(type: UInt8)
    case emptyFilter
}

extension MQTTDecodingError: CustomStringConvertible {
    var description: String {
        switch self {
        case .unknownPacketType(let type): "packet type \(type) does not exist"
        case .unexpectedPacketType(let type): "packet type \(type) is none that a device sends"
        case .remainingLengthTooLong: "the remaining length has more than four bytes"
        case .packetTooLarge(let length):
            "a packet of \(length) bytes; at most \(MQTTFrameDecoder.maximumRemainingLength) are taken"
        case .badFlags(let type, let flags): "packet type \(type) with flags \(flags)"
        case .truncated(let type): "packet type \(type) is shorter than its fields"
        case .trailingBytes(let type): "packet type \(type) is longer than its fields"
        case .badText(let type): "packet type \(type) has a text that is not UTF-8, or has a NUL"
        case .badProtocolName: "a CONNECT whose protocol name is not MQTT"
        case .badConnectFlags(let flags): "CONNECT flags \(flags) contradict each other"
        case .badQualityOfService(let value): "quality of service \(value)"
        case .duplicateWithoutQualityOfService: "a PUBLISH of QoS 0 marked as a duplicate"
        case .zeroPacketID(let type): "packet type \(type) with packet id 0"
        case .badTopic: "a topic that is empty or has a wildcard"
        case .noFilters(let type): "packet type \(type) without topic filters"
        case .emptyFilter: "an empty topic filter"
        }
    }
}
