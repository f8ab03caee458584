extension Device {
    /// Most characters in a status reason.
    static let maximumStatusReasonLength = 128

    /// Reads an identity as the registry's HTTP API carries it.
    ///
    /// Members that are missing or null get their defaults.
    /// - Parameters:
    ///   - json: the identity.
    ///   - idName: the member that holds the id: `deviceId`, or `id` in a bulk request.
    /// - Throws: `IoTHubError` with `argumentInvalid` and the member's path.
    public init(json: JSON, idName: String = "deviceId") throws(IoTHubError) {
        guard case .object = json else {
            throw IoTHubError(.argumentInvalid, "expected a device as a JSON object, found \(json.kind)")
        }
        guard let id = try json.string(idName) else {
            throw IoTHubError(.argumentInvalid, "expected a text '\(idName)'", path: idName)
        }
        try DeviceID.validate(id)
        self.init(id: id, authentication: try AuthenticationMechanism(json: json["authentication"] ?? .null))
        generationID = try json.string("generationId")
        let lowerCased = try json.string("etag")
        let bulk = try json.string("eTag")
        etag = (lowerCased ?? bulk).map(ETag.init(rawValue:))
        status = try json.choice("status") ?? .enabled
        statusReason = try json.string("statusReason")
        if let reason = statusReason, reason.count > Self.maximumStatusReasonLength {
            throw IoTHubError(
                .argumentInvalid,
                "statusReason has \(reason.count) characters; at most \(Self.maximumStatusReasonLength) are allowed",
                path: "statusReason"
            )
        }
        statusUpdatedTime = try json.time("statusUpdatedTime")
        connectionState = try json.choice("connectionState") ?? .disconnected
        connectionStateUpdatedTime = try json.time("connectionStateUpdatedTime")
        lastActivityTime = try json.time("lastActivityTime")
        cloudToDeviceMessageCount = json["cloudToDeviceMessageCount"]?.integerValue ?? 0
        capabilities = DeviceCapabilities(iotEdge: json["capabilities"]?["iotEdge"]?.boolValue ?? false)
        deviceScope = try json.string("deviceScope")
        parentScopes = json["parentScopes"]?.arrayValue?.compactMap(\.stringValue) ?? []
    }

    /// The identity as the registry's HTTP API carries it, keys included.
    public var json: JSONObject {
        func optional(_ value: String?) -> JSON { value.map(JSON.string) ?? .null }
        var object: JSONObject = ["deviceId": .string(id)]
        if let generationID { object["generationId"] = .string(generationID) }
        if let etag { object["etag"] = .string(etag.rawValue) }
        object["connectionState"] = .string(connectionState.rawValue)
        object["status"] = .string(status.rawValue)
        object["statusReason"] = optional(statusReason)
        object["connectionStateUpdatedTime"] = .string(connectionStateUpdatedTime.description)
        object["statusUpdatedTime"] = .string(statusUpdatedTime.description)
        object["lastActivityTime"] = .string(lastActivityTime.description)
        object["cloudToDeviceMessageCount"] = .integer(cloudToDeviceMessageCount)
        object["authentication"] = .object(authentication.json)
        object["capabilities"] = ["iotEdge": .bool(capabilities.iotEdge)]
        if let deviceScope { object["deviceScope"] = .string(deviceScope) }
        if !parentScopes.isEmpty { object["parentScopes"] = .array(parentScopes.map(JSON.string)) }
        return object
    }
}

extension AuthenticationMechanism {
    /// Reads the `authentication` member of an identity; null gives keys that the hub shall make.
    ///
    /// Without `type` the kind follows from what is there, as old clients expect: thumbprints mean `selfSigned`.
    init(json: JSON) throws(IoTHubError) {
        let keys = json["symmetricKey"] ?? .null
        let prints = json["x509Thumbprint"] ?? .null
        var thumbprint = X509Thumbprint(
            primaryThumbprint: try prints.string("primaryThumbprint"),
            secondaryThumbprint: try prints.string("secondaryThumbprint")
        )
        // An empty text is none, as null is.
        if thumbprint.primaryThumbprint?.isEmpty == true { thumbprint.primaryThumbprint = nil }
        if thumbprint.secondaryThumbprint?.isEmpty == true { thumbprint.secondaryThumbprint = nil }
        let hasThumbprint = thumbprint.primaryThumbprint != nil || thumbprint.secondaryThumbprint != nil
        let type: AuthenticationType = try json.choice("type") ?? (hasThumbprint ? .selfSigned : .sas)
        var pair = SymmetricKey(
            primaryKey: try keys.string("primaryKey"),
            secondaryKey: try keys.string("secondaryKey")
        )
        // An empty text means "make one", as null does.
        if pair.primaryKey?.isEmpty == true { pair.primaryKey = nil }
        if pair.secondaryKey?.isEmpty == true { pair.secondaryKey = nil }
        for (name, key) in [("primaryKey", pair.primaryKey), ("secondaryKey", pair.secondaryKey)] {
            guard let key, let problem = SymmetricKey.problem(with: key) else { continue }
            let path = "authentication.symmetricKey.\(name)"
            throw IoTHubError(.argumentInvalid, "\(path) \(problem)", path: path)
        }
        for (name, text) in [
            ("primaryThumbprint", thumbprint.primaryThumbprint),
            ("secondaryThumbprint", thumbprint.secondaryThumbprint),
        ] {
            guard let text else { continue }
            guard text.count == 40 || text.count == 64, text.allSatisfy({ $0.isASCII && $0.isHexDigit }) else {
                let path = "authentication.x509Thumbprint.\(name)"
                throw IoTHubError(
                    .argumentInvalid,
                    "\(path) is no thumbprint; expected 40 or 64 hexadecimal digits",
                    path: path
                )
            }
        }
        self.init(
            type: type,
            symmetricKey: type == .sas ? pair : nil,
            x509Thumbprint: type == .selfSigned ? thumbprint : nil
        )
    }

    /// The `authentication` member of an identity.
    var json: JSONObject {
        func optional(_ value: String?) -> JSON { value.map(JSON.string) ?? .null }
        return [
            "symmetricKey": [
                "primaryKey": optional(symmetricKey?.primaryKey), "secondaryKey": optional(symmetricKey?.secondaryKey),
            ],
            "x509Thumbprint": [
                "primaryThumbprint": optional(x509Thumbprint?.primaryThumbprint),
                "secondaryThumbprint": optional(x509Thumbprint?.secondaryThumbprint),
            ],
            "type": .string(type.rawValue),
        ]
    }
}

extension JSON {
    /// A text member; nil when it is missing or null.
    func string(_ name: String) throws(IoTHubError) -> String? {
        switch self[name] {
        case nil, .null: return nil
        case .string(let text): return text
        case let other:
            throw IoTHubError(.argumentInvalid, "expected '\(name)' as a text, found \(other?.kind ?? "")", path: name)
        }
    }

    /// A member with a fixed set of texts; nil when it is missing or null.
    func choice<Choice: RawRepresentable<String>>(_ name: String) throws(IoTHubError) -> Choice? {
        guard let text = try string(name) else { return nil }
        guard let choice = Choice(rawValue: text) else {
            throw IoTHubError(.argumentInvalid, "'\(text)' is not a known \(name)", path: name)
        }
        return choice
    }

    /// A time member; `never` when it is missing or null.
    func time(_ name: String) throws(IoTHubError) -> HubTimestamp {
        guard let text = try string(name) else { return .never }
        return try HubTimestamp(parsing: text)
    }
}
