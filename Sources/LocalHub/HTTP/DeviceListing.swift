import IoTHub

/// A listing of identities: the first ones in the order of their ids.
///
/// Source: Azure IoT Hub service REST API, "Devices - Get Devices". Larger hubs are listed by queries.
struct DeviceListing: Sendable {
    /// Most identities in one listing, and how many it has when the request does not say.
    static let largest = 1000

    private let limit: Int

    /// - Parameter text: the parameter `top` as sent.
    /// - Throws: `IoTHubError` with `argumentInvalid` for what is no number from 1 to 1,000.
    init(limit text: String?) throws(IoTHubError) {
        guard let text else {
            limit = Self.largest
            return
        }
        guard let limit = Int(text), (1...Self.largest).contains(limit) else {
            throw IoTHubError(.argumentInvalid, "top=\(text.prefix(20)) is not a number from 1 to \(Self.largest)")
        }
        self.limit = limit
    }

    func answer(from registry: TwinRegistry) -> ServiceAnswer {
        let list = registry.devices(limit: limit).map { JSON.object($0.json) }
        return ServiceAnswer(status: 200, body: JSON.array(list).serialized())
    }
}
