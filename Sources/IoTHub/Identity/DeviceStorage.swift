extension Device {
    /// Reads back an identity that a hub has kept as ``json``.
    ///
    /// It was checked before it was kept, maybe by other rules than today's for requests, so only its form is looked
    /// at.
    /// - Throws: `IoTHubError` with `argumentInvalid` and the member's path.
    public init(stored: JSONObject) throws(IoTHubError) {
        let json = JSON.object(stored)
        guard let id = try json.string("deviceId") else {
            throw IoTHubError(.argumentInvalid, "expected a text 'deviceId'", path: "deviceId")
        }
        self.init(id: id, authentication: try AuthenticationMechanism(stored: json["authentication"] ?? .null))
        generationID = try json.string("generationId")
        etag = try json.string("etag").map(ETag.init(rawValue:))
        status = try json.choice("status") ?? .enabled
        statusReason = try json.string("statusReason")
        statusUpdatedTime = try json.time("statusUpdatedTime")
        connectionState = try json.choice("connectionState") ?? .disconnected
        connectionStateUpdatedTime = try json.time("connectionStateUpdatedTime")
        lastActivityTime = try json.time("lastActivityTime")
        cloudToDeviceMessageCount = json["cloudToDeviceMessageCount"]?.integerValue ?? 0
        capabilities = DeviceCapabilities(iotEdge: json["capabilities"]?["iotEdge"]?.boolValue ?? false)
        deviceScope = try json.string("deviceScope")
        parentScopes = json["parentScopes"]?.arrayValue?.compactMap(\.stringValue) ?? []
    }
}

extension AuthenticationMechanism {
    fileprivate init(stored json: JSON) throws(IoTHubError) {
        let type: AuthenticationType = try json.choice("type") ?? .none
        let keys = json["symmetricKey"] ?? .null
        let prints = json["x509Thumbprint"] ?? .null
        let pair = SymmetricKey(
            primaryKey: try keys.string("primaryKey"),
            secondaryKey: try keys.string("secondaryKey")
        )
        let thumbprint = X509Thumbprint(
            primaryThumbprint: try prints.string("primaryThumbprint"),
            secondaryThumbprint: try prints.string("secondaryThumbprint")
        )
        self.init(
            type: type,
            symmetricKey: type == .sas ? pair : nil,
            x509Thumbprint: type == .selfSigned ? thumbprint : nil
        )
    }
}
