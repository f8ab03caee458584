import IoTHub

/// Up to 100 registry and twin operations in one request.
///
/// Source: Azure IoT Hub documentation, "Import and export IoT Hub device identities in bulk".
struct BulkRequest: Sendable {
    /// Most items in one request.
    static let largest = 100

    private let items: [(id: String, json: JSON)]

    /// Reads the items' ids; what else is wrong with an item fails that item only.
    /// - Throws: `IoTHubError`: `argumentInvalid` for a shape that is none, `tooManyDevices`, or
    ///   `deviceDefinedMultipleTimes`.
    init(json: JSON) throws(IoTHubError) {
        guard let elements = json.arrayValue else {
            throw IoTHubError(.argumentInvalid, "expected an array of devices, found \(json.kind)")
        }
        guard elements.count <= Self.largest else {
            throw IoTHubError(.tooManyDevices, "\(elements.count) devices; at most \(Self.largest) are allowed")
        }
        var seen: Set<String> = []
        var items: [(id: String, json: JSON)] = []
        for (index, element) in elements.enumerated() {
            guard let id = element["id"]?.stringValue else {
                throw IoTHubError(.argumentInvalid, "expected a text 'id' in device \(index)", path: "[\(index)].id")
            }
            guard seen.insert(id).inserted else {
                throw IoTHubError(.deviceDefinedMultipleTimes, "device '\(id.prefix(128))' is there twice")
            }
            items.append((id, element))
        }
        self.items = items
    }

    /// Carries all items out, each for itself.
    /// - Throws: `IoTHubError` with `serviceUnavailable` while the storage fails; nothing is written then.
    func carryOut(on registry: TwinRegistry) throws(IoTHubError) -> ServiceAnswer {
        try registry.admitWrite()
        var errors: [JSON] = []
        for item in items {
            do {
                try BulkOperation(id: item.id, json: item.json).carryOut(on: registry)
            } catch {
                errors.append([
                    "deviceId": .string(String(item.id.prefix(DeviceID.maximumLength))),
                    "errorCode": .string(error.code.name),
                    "errorStatus": .string(error.message),
                    "moduleId": "",
                    "operation": item.json["importMode"] ?? .null,
                ])
            }
        }
        let body: JSONObject = ["isSuccessful": .bool(errors.isEmpty), "errors": .array(errors), "warnings": []]
        return ServiceAnswer(status: errors.isEmpty ? 200 : 400, body: body.serialized())
    }
}
