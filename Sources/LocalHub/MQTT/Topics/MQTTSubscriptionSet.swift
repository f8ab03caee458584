import IoTHub

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

extension MQTTDeviceFilter {
    /// The name under which a subscription is kept.
    fileprivate var name: String {
        switch self {
        case .twinResponses: "twinResponses"
        case .desiredProperties: "desiredProperties"
        case .cloudToDevice: "cloudToDevice"
        case .methods: "methods"
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

extension MQTTSubscriptionSet {
    /// The granted quality of service by filter, such as `{"desiredProperties":1}`.
    var json: JSONObject {
        var object = JSONObject()
        for filter in MQTTDeviceFilter.allCases {
            if let quality = self[filter] { object[filter.name] = .integer(Int64(quality.rawValue)) }
        }
        return object
    }

    /// Reads back what `json` gave.
    /// - Throws: `IoTHubError` with `argumentInvalid` that names what is no subscription.
    init(json: JSONObject) throws(IoTHubError) {
        self.init()
        for (name, value) in json {
            guard let filter = MQTTDeviceFilter.allCases.first(where: { $0.name == name }),
                let quality = value.integerValue.flatMap(UInt8.init(exactly:)).flatMap(MQTTQualityOfService.init)
            else { throw IoTHubError(.argumentInvalid, "'\(name)' with \(value) is no subscription", path: name) }
            self[filter] = quality
        }
    }
}
