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

    private let id: String
    private let action: Action

    /// An item's mode with what it needs.
    private enum Action: Sendable {
        case writeDevice(DeviceWrite, TwinRegistry.IdentityWrite, twin: TwinWrite?, twinETag: String?)
        case delete(ifMatch: String?)
        case patchTwin(TwinWrite, ifMatch: String?)
    }

    /// Reads an item.
    /// - Throws: `IoTHubError` with `argumentInvalid` and a path, or `featureNotSupported` for a module.
    init(id: String, json: JSON) throws(IoTHubError) {
        try DeviceID.validate(id)
        if let module = try Self.text("moduleId", in: json), !module.isEmpty {
            throw IoTHubError(.featureNotSupported, "this hub has no modules", path: "moduleId")
        }
        self.id = id
        let mode = try Self.mode(json["importMode"] ?? .null)
        /// The modes that compare the ETag of what exists are refused without one: they would overwrite what they promise to guard.
        func etag(_ name: String) throws(IoTHubError) -> String {
            guard let etag = json[name]?.stringValue, !etag.isEmpty else {
                throw IoTHubError(.argumentInvalid, "importMode \(mode.rawValue) needs \(name)", path: name)
            }
            return etag
        }
        func writeDevice(_ write: TwinRegistry.IdentityWrite) throws(IoTHubError) -> Action {
            let twin = try TwinWrite(json: json)
            return .writeDevice(
                try DeviceWrite(json: json, idName: "id"),
                write,
                twin: twin.tags == nil && twin.desired == nil ? nil : twin,
                twinETag: try Self.text("twinETag", in: json)
            )
        }
        switch mode {
        case .create: action = try writeDevice(.create)
        case .createOrUpdate: action = try writeDevice(.createOrUpdate(ifMatch: nil))
        case .createOrUpdateIfMatchETag:
            // A new device has no ETag to give; without one no existing device is overwritten.
            action = try writeDevice(.createOrUpdate(ifMatch: json["eTag"]?.stringValue ?? ""))
        case .update: action = try writeDevice(.update(ifMatch: nil))
        case .updateIfMatchETag: action = try writeDevice(.update(ifMatch: etag("eTag")))
        case .delete: action = .delete(ifMatch: nil)
        case .deleteIfMatchETag: action = .delete(ifMatch: try etag("eTag"))
        case .updateTwin: action = .patchTwin(try TwinWrite(json: json), ifMatch: nil)
        case .updateTwinIfMatchETag:
            action = .patchTwin(try TwinWrite(json: json), ifMatch: try etag("twinETag"))
        }
    }

    /// A text member; nil when it is missing or null.
    private static func text(_ name: String, in json: JSON) throws(IoTHubError) -> String? {
        guard let value = json[name], !value.isNull else { return nil }
        guard let text = value.stringValue else {
            throw IoTHubError(.argumentInvalid, "expected '\(name)' as a text, found \(value.kind)", path: name)
        }
        return text
    }

    private static func mode(_ json: JSON) throws(IoTHubError) -> Mode {
        if json.isNull { return .createOrUpdate }
        guard let mode = json.stringValue.flatMap(Mode.init(rawValue:)) else {
            throw IoTHubError(.argumentInvalid, "'\(json.text.prefix(60))' is no importMode", path: "importMode")
        }
        return mode
    }

    /// Carries the item out.
    /// - Throws: `IoTHubError`; nothing has changed then.
    func carryOut(on registry: TwinRegistry) throws(IoTHubError) {
        switch action {
        case .writeDevice(let device, let mode, let twin, let twinETag):
            try registry.writeDevice(device, as: mode, twin: twin, twinETag: twinETag)
        case .delete(let ifMatch): try registry.removeDevice(id, ifMatch: ifMatch)
        case .patchTwin(let twin, let ifMatch): try registry.patchTwin(id, with: twin, ifMatch: ifMatch)
        }
    }
}
