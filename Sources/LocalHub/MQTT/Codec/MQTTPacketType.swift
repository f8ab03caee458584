/// The numbers of MQTT's packet types.
enum MQTTPacketType {
    static let connect: UInt8 = 1
    static let connectAcknowledgement: UInt8 = 2
    static let publish: UInt8 = 3
    static let publishAcknowledgement: UInt8 = 4
    static let subscribe: UInt8 = 8
    static let subscribeAcknowledgement: UInt8 = 9
    static let unsubscribe: UInt8 = 10
    static let unsubscribeAcknowledgement: UInt8 = 11
    static let pingRequest: UInt8 = 12
    static let pingResponse: UInt8 = 13
    static let disconnect: UInt8 = 14
}
