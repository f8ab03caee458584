import IoTHub

/// One item of a bulk request.
struct BulkOperation: Sendable {
    /// What an item does; the names are the API's.
    enum Mode: String, Sendable, CaseIterable {
        case create
        case createOrUpdate
        case createOrUpdateIfMatchETag
        case update
        case updateIfMatchETag
        case delete
        case deleteIfMatchETag
        case updateTwin
        case updateTwinIfMatchETag
    }

    private let mode: Mode
    private let device: Device
    private let twin: TwinWrite
    private let etag: String?
    private let twinETag: String?

    /// Reads an item.
    /// - Throws: `IoTHubError` with `argumentInvalid` and a path, or `featureNotSupported` for a module.
    init(json: JSON) throws(IoTHubError) {
        if let module = json["moduleId"]?.stringValue, !module.isEmpty {
            throw IoTHubError(.featureNotSupported, "this hub has no modules", path: "moduleId")
        }
        mode = try Self.mode(json["importMode"] ?? .null)
        device = try Device(json: json, idName: "id")
        twin = try TwinWrite(json: json)
        etag = json["eTag"]?.stringValue
        twinETag = json["twinETag"]?.stringValue
    }

    private static func mode(_ json: JSON) throws(IoTHubError) -> Mode {
        if json.isNull { return .createOrUpdate }
        guard let mode = json.stringValue.flatMap({ text in Mode.allCases.first { $0.rawValue == text } }) else {
            throw IoTHubError(.argumentInvalid, "'\(json.text.prefix(60))' is no importMode", path: "importMode")
        }
        return mode
    }

    /// Carries the item out.
    /// - Throws: `IoTHubError`; nothing has changed then.
    func carryOut(on registry: TwinRegistry) throws(IoTHubError) {
        switch mode {
        case .create: try writeDevice(on: registry, .create)
        case .createOrUpdate: try writeDevice(on: registry, .createOrUpdate(ifMatch: nil))
        case .createOrUpdateIfMatchETag: try writeDevice(on: registry, .createOrUpdate(ifMatch: needed(etag, "eTag")))
        case .update: try writeDevice(on: registry, .update(ifMatch: nil))
        case .updateIfMatchETag: try writeDevice(on: registry, .update(ifMatch: needed(etag, "eTag")))
        case .delete: try registry.removeDevice(device.id)
        case .deleteIfMatchETag: try registry.removeDevice(device.id, ifMatch: needed(etag, "eTag"))
        case .updateTwin: try registry.patchTwin(device.id, with: twin)
        case .updateTwinIfMatchETag:
            try registry.patchTwin(device.id, with: twin, ifMatch: needed(twinETag, "twinETag"))
        }
    }

    private func writeDevice(on registry: TwinRegistry, _ write: TwinRegistry.IdentityWrite) throws(IoTHubError) {
        let hasTwin = twin.tags != nil || twin.desired != nil
        try registry.writeDevice(device, as: write, twin: hasTwin ? twin : nil, twinETag: twinETag)
    }

    /// The modes that compare an ETag are refused without one: they would overwrite what they promise to guard.
    private func needed(_ etag: String?, _ name: String) throws(IoTHubError) -> String {
        guard let etag, !etag.isEmpty else {
            throw IoTHubError(.argumentInvalid, "importMode \(mode.rawValue) needs \(name)", path: name)
        }
        return etag
    }
}
