import FleetReport
import IoTHub

/// How identities are shown.
enum DeviceView {
    /// A device in lines, for people.
    static func lines(_ device: Device, showsKeys: Bool, style: Style) -> [String] {
        var rows: [(String, String)] = [
            ("device", device.id),
            ("status", device.status.rawValue + (device.statusReason.map { ": \(CellText.printable($0))" } ?? "")),
            ("connection", connection(device)),
            ("last activity", CellText.time(device.lastActivityTime)),
            ("authentication", authentication(device.authentication, showsKeys: showsKeys)),
        ]
        if showsKeys, let keys = device.authentication.symmetricKey {
            rows.append(("primary key", keys.primaryKey ?? ""))
            rows.append(("secondary key", keys.secondaryKey ?? ""))
        }
        if let prints = device.authentication.x509Thumbprint {
            rows.append(("primary print", prints.primaryThumbprint ?? ""))
            if let second = prints.secondaryThumbprint { rows.append(("secondary print", second)) }
        }
        rows.append(("edge", device.capabilities.iotEdge ? "yes" : "no"))
        if let scope = device.deviceScope { rows.append(("scope", scope)) }
        for scope in device.parentScopes { rows.append(("parent scope", scope)) }
        if device.cloudToDeviceMessageCount > 0 {
            rows.append(("messages", "\(device.cloudToDeviceMessageCount) waiting"))
        }
        rows.append(("ETag", device.etag?.rawValue ?? ""))
        rows.append(("generation", device.generationID ?? ""))
        let width = rows.map(\.0.count).max() ?? 0
        return rows.map { style.apply(.faint, to: Format.left($0, width)) + "  " + $1 }
    }

    /// A device for programs; without its keys unless they are wanted.
    static func json(_ device: Device, showsKeys: Bool) -> JSON {
        var object = device.json
        if !showsKeys { hideKeys(&object) }
        return .object(object)
    }

    /// The identity as far as a row of `SELECT * FROM devices` has it, with the names that the registry uses.
    static func identity(fromTwin row: JSON) -> JSON {
        var object = JSONObject()
        for (name, source) in [
            ("deviceId", "deviceId"), ("etag", "deviceEtag"), ("connectionState", "connectionState"),
            ("status", "status"), ("statusReason", "statusReason"), ("statusUpdatedTime", "statusUpdateTime"),
            ("lastActivityTime", "lastActivityTime"), ("cloudToDeviceMessageCount", "cloudToDeviceMessageCount"),
        ] {
            object[name] = row[source]
        }
        var authentication = JSONObject()
        authentication["x509Thumbprint"] = row["x509Thumbprint"]
        authentication["type"] = row["authenticationType"]
        object["authentication"] = .object(authentication)
        for name in ["capabilities", "deviceScope", "parentScopes"] { object[name] = row[name] }
        return .object(object)
    }

    /// The columns of a list of identities.
    static var layout: RowLayout {
        RowLayout(titles: ["deviceId", "status", "connectionState", "authentication", "edge", "lastActivityTime"]) {
            row in
            [
                CellText.cell(row["deviceId"]), CellText.cell(row["status"]), CellText.cell(row["connectionState"]),
                CellText.cell(row["authentication"]?["type"]),
                row["capabilities"]?["iotEdge"] == true ? "yes" : "no",
                CellText.time((row["lastActivityTime"]?.stringValue).flatMap { try? HubTimestamp(parsing: $0) }),
            ]
        }
    }

    /// The connection string that a device's SDK takes.
    /// - Parameters:
    ///   - device: the device, with its keys.
    ///   - host: the hub's name; without port, for the SDKs' ports are fixed.
    ///   - secondary: whether to use the secondary key.
    /// - Returns: the string, secrets included.
    /// - Throws: `CommandError` for a device that cannot connect.
    static func connectionString(_ device: Device, host: String, secondary: Bool) throws(CommandError) -> String {
        let credential: ConnectionString.Credential
        switch device.authentication.type {
        case .sas:
            let keys = device.authentication.symmetricKey
            guard let key = secondary ? keys?.secondaryKey : keys?.primaryKey else {
                throw CommandError(.refused, "the hub gives no key for device \"\(device.id)\"")
            }
            credential = .deviceKey(deviceID: device.id, moduleID: nil, key: key)
        case .selfSigned, .certificateAuthority:
            credential = .deviceX509(deviceID: device.id, moduleID: nil)
        case .none:
            throw CommandError(
                .refused,
                "device \"\(device.id)\" has no authentication and cannot connect; "
                    + "'twinfleet device update' gives it one with --auth"
            )
        }
        return ConnectionString(hostName: host, credential: credential).text
    }

    private static func connection(_ device: Device) -> String {
        let state = device.connectionState.rawValue.lowercased()
        let since = device.connectionStateUpdatedTime
        return since == .never ? state : "\(state) since \(CellText.time(since))"
    }

    private static func authentication(_ mechanism: AuthenticationMechanism, showsKeys: Bool) -> String {
        let word = AuthenticationChoice(mechanism.type).rawValue
        return mechanism.type == .sas && !showsKeys ? "\(word) (--show-keys shows the keys)" : word
    }

    private static func hideKeys(_ object: inout JSONObject) {
        guard var authentication = object["authentication"]?.objectValue else { return }
        authentication["symmetricKey"] = nil
        object["authentication"] = .object(authentication)
    }
}
