/// What is beneath a protocol of devices.
enum DeviceCarrier: Sendable {
    case tcp
    case webSocket
}
