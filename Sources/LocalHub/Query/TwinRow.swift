import IoTHub
import TwinQuery

/// A twin as a row of `devices`: the fields of the service view, each made only when a query asks for it.
struct TwinRow: QueryRow {
    let twin: TwinDocument
    let device: Device

    init(_ snapshot: TwinSnapshot) {
        twin = snapshot.twin
        device = snapshot.device
    }

    func value(at path: QueryPath) -> JSON? {
        guard let name = path.names.first else { return nil }
        let rest = path.names.dropFirst()
        // The sections first: nearly all conditions are on them.
        switch name {
        case "tags": return JSON.object(twin.tags).value(at: rest)
        case "properties": return property(at: rest)
        default: return field(name)?.value(at: rest)
        }
    }

    private func property(at names: ArraySlice<String>) -> JSON? {
        switch names.first {
        case nil: ["desired": .object(twin.desired.serviceView), "reported": .object(twin.reported.serviceView)]
        case "desired": twin.desired.value(at: names.dropFirst())
        case "reported": twin.reported.value(at: names.dropFirst())
        default: nil
        }
    }

    /// A root field other than the sections; nil for one that the service view leaves out as well.
    private func field(_ name: String) -> JSON? {
        switch name {
        case "deviceId": .string(twin.deviceID)
        case "etag": .string(twin.etag.rawValue)
        case "deviceEtag": device.etag.map { .string($0.rawValue) }
        case "status": .string(device.status.rawValue)
        case "statusReason": device.statusReason.map(JSON.string)
        case "statusUpdateTime": .string(device.statusUpdatedTime.description)
        case "connectionState": .string(device.connectionState.rawValue)
        case "lastActivityTime": .string(device.lastActivityTime.description)
        case "cloudToDeviceMessageCount": .integer(device.cloudToDeviceMessageCount)
        case "authenticationType": .string(device.authentication.type.rawValue)
        case "x509Thumbprint": thumbprint
        case "modelId": .string(twin.modelID)
        case "version": .integer(twin.version)
        case "capabilities": ["iotEdge": .bool(device.capabilities.iotEdge)]
        case "deviceScope": device.deviceScope.map(JSON.string)
        case "parentScopes": device.parentScopes.isEmpty ? nil : .array(device.parentScopes.map(JSON.string))
        default: nil
        }
    }

    private var thumbprint: JSON {
        let pair = device.authentication.x509Thumbprint
        return [
            "primaryThumbprint": pair?.primaryThumbprint.map(JSON.string) ?? .null,
            "secondaryThumbprint": pair?.secondaryThumbprint.map(JSON.string) ?? .null,
        ]
    }
}

extension TwinSection {
    fileprivate func value(at names: ArraySlice<String>) -> JSON? {
        switch names.first {
        case nil: .object(serviceView)
        case "$version": JSON.integer(version).value(at: names.dropFirst())
        case "$metadata": JSON.object(metadata).value(at: names.dropFirst())
        default: JSON.object(values).value(at: names)
        }
    }
}

extension JSON {
    fileprivate func value(at names: ArraySlice<String>) -> JSON? {
        var value = self
        for name in names {
            guard let next = value[name] else { return nil }
            value = next
        }
        return value
    }
}
