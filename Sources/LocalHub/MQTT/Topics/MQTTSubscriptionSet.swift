/// The topic filters that a device may subscribe to.
enum MQTTDeviceFilter: UInt8, Sendable, Hashable, CaseIterable {
    case twinResponses
    case desiredProperties
    case cloudToDevice
    case methods

    /// Reads a filter; nil when the hub does not know it.
    init?(_ filter: String, deviceID: String) {
        switch filter {
        case "$iothub/twin/res/#": self = .twinResponses
        case "$iothub/twin/PATCH/properties/desired/#": self = .desiredProperties
        case "devices/\(deviceID)/messages/devicebound/#": self = .cloudToDevice
        case "$iothub/methods/POST/#": self = .methods
        default: return nil
        }
    }
}

/// The filters that a device is subscribed to, each with the granted quality of service.
///
/// A byte is enough, so that thousands of sessions cost next to nothing: two bits a filter, 0 for none.
struct MQTTSubscriptionSet: Sendable, Hashable {
    /// Most topic filters that the hub takes from a device, and so in one SUBSCRIBE.
    static let maximumCount = 5

    private var bits: UInt8 = 0

    /// The granted quality of service of a filter: 0 or 1; nil when it is not subscribed.
    subscript(filter: MQTTDeviceFilter) -> MQTTQualityOfService? {
        get {
            switch bits >> (2 * filter.rawValue) & 0x03 {
            case 1: .atMostOnce
            case 2: .atLeastOnce
            default: nil
            }
        }
        set {
            let shift = 2 * filter.rawValue
            let value: UInt8 =
                switch newValue {
                case nil: 0
                case .atMostOnce: 1
                case .atLeastOnce, .exactlyOnce: 2
                }
            bits = bits & ~(0x03 << shift) | value << shift
        }
    }
}
