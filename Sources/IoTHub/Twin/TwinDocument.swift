/// A device twin as the hub holds it: the truth from which the service view and the device view are made.
///
/// A plain value without clock or lock: whoever owns it passes the time in and keeps writers apart.
/// Source: Azure IoT Hub documentation, "Understand and use device twins in IoT Hub".
public struct TwinDocument: Sendable {
    /// The identity that the twin belongs to.
    public let deviceID: String
    /// The tags; devices never see them.
    public private(set) var tags: JSONObject = [:]
    /// The desired properties.
    public private(set) var desired = TwinSection(kind: .desired)
    /// The reported properties.
    public private(set) var reported = TwinSection(kind: .reported)
    /// Counts changes of tags, desired and reported properties; it starts at 2. (That reported changes count is an
    /// assumption: the documentation does not say.)
    public private(set) var version: Int64 = 2
    private var etagCounter: UInt64 = 1
    /// The model id of the device's last connect; empty when it gave none.
    public var modelID = ""

    /// Makes the twin of a new device.
    public init(deviceID: String) { self.deviceID = deviceID }

    /// Puts a twin together from parts that were a twin before.
    init(
        deviceID: String,
        tags: JSONObject,
        desired: TwinSection,
        reported: TwinSection,
        version: Int64,
        etagCounter: UInt64,
        modelID: String
    ) {
        self.deviceID = deviceID
        self.tags = tags
        self.desired = desired
        self.reported = reported
        self.version = version
        self.etagCounter = etagCounter
        self.modelID = modelID
    }

    /// The ETag that guards tags and desired properties; a device's reports do not change it.
    public var etag: ETag { ETag(twinCounter: etagCounter) }

    /// Merges a service's patch into tags and desired properties.
    /// - Returns: what to tell the device; nil when the patch has no desired properties.
    /// - Throws: `IoTHubError` with path and limit; the twin is unchanged then.
    public mutating func patch(_ write: TwinWrite, at time: HubTimestamp) throws(IoTHubError) -> DesiredChange? {
        try write.check()
        var next = self
        if let tags = write.tags, !tags.isEmpty {
            next.tags.merge(patch: tags)
            try TwinLimits.checkSize(of: next.tags, limit: TwinLimits.tagsSize, path: "tags")
        }
        var change: DesiredChange?
        // The .NET SDK sends an empty desired object with a change of tags; it changes nothing and notifies nobody.
        if let desired = write.desired, !desired.isEmpty {
            try next.desired.merge(desired, at: time)
            change = DesiredChange(patch: desired, version: next.desired.version)
        }
        next.countServiceWrite()
        self = next
        return change
    }

    /// Puts tags and desired properties in place of those that are there; a section that is left out becomes empty
    /// (its treatment is not documented).
    /// - Returns: the whole new desired section, to tell the device.
    /// - Throws: `IoTHubError` with path and limit; the twin is unchanged then.
    public mutating func replace(with write: TwinWrite, at time: HubTimestamp) throws(IoTHubError) -> DesiredChange {
        try write.check()
        var next = self
        next.tags = [:]
        next.tags.merge(patch: write.tags ?? [:])
        try TwinLimits.checkSize(of: next.tags, limit: TwinLimits.tagsSize, path: "tags")
        try next.desired.replace(with: write.desired ?? [:], at: time)
        next.countServiceWrite()
        self = next
        return DesiredChange(patch: desired.values, version: desired.version)
    }

    /// Merges a device's patch into the reported properties.
    /// - Parameters:
    ///   - patch: the members to change; read-only names in it are ignored.
    ///   - expected: the reported `$version` that the device builds on; nil for any.
    ///   - time: the hub's time.
    /// - Returns: the new reported `$version`.
    /// - Throws: `IoTHubError`: `preconditionFailed` for another version, `argumentInvalid` or `messageTooLarge` with
    ///   path and limit; the twin is unchanged then.
    public mutating func patchReported(
        _ patch: JSONObject,
        ifVersion expected: Int64? = nil,
        at time: HubTimestamp
    ) throws(IoTHubError) -> Int64 {
        if let expected, expected != reported.version {
            throw IoTHubError(
                .preconditionFailed,
                "Precondition failed: reported version did not match, existingVersion:\(reported.version) "
                    + "newVersion:\(expected)",
                path: reported.path
            )
        }
        var writable = patch
        for name in TwinWrite.readOnlyNames { writable.removeValue(forKey: name) }
        try TwinLimits.check(writable, path: reported.path)
        try reported.merge(writable, at: time)
        version += 1
        return reported.version
    }

    private mutating func countServiceWrite() {
        etagCounter += 1
        version += 1
    }

    /// What a device gets for a twin GET: desired and reported properties with their `$version`, nothing else.
    public func deviceView() -> JSONObject {
        ["desired": .object(desired.deviceView), "reported": .object(reported.deviceView)]
    }

    /// What a service gets: identity fields, tags, and both sections with `$metadata`, in the hub's order.
    public func serviceView(of device: Device) -> JSONObject {
        var view: JSONObject = [
            "deviceId": .string(deviceID),
            "etag": .string(etag.rawValue),
            "deviceEtag": .string(device.etag?.rawValue ?? ""),
            "status": .string(device.status.rawValue),
        ]
        if let reason = device.statusReason { view["statusReason"] = .string(reason) }
        view["statusUpdateTime"] = .string(device.statusUpdatedTime.description)
        view["connectionState"] = .string(device.connectionState.rawValue)
        view["lastActivityTime"] = .string(device.lastActivityTime.description)
        view["cloudToDeviceMessageCount"] = .integer(device.cloudToDeviceMessageCount)
        view["authenticationType"] = .string(device.authentication.type.rawValue)
        let thumbprint = device.authentication.x509Thumbprint
        view["x509Thumbprint"] = [
            "primaryThumbprint": thumbprint?.primaryThumbprint.map(JSON.string) ?? .null,
            "secondaryThumbprint": thumbprint?.secondaryThumbprint.map(JSON.string) ?? .null,
        ]
        view["modelId"] = .string(modelID)
        view["version"] = .integer(version)
        view["tags"] = .object(tags)
        view["properties"] = [
            "desired": .object(desired.serviceView), "reported": .object(reported.serviceView),
        ]
        view["capabilities"] = ["iotEdge": .bool(device.capabilities.iotEdge)]
        if let scope = device.deviceScope { view["deviceScope"] = .string(scope) }
        if !device.parentScopes.isEmpty { view["parentScopes"] = .array(device.parentScopes.map(JSON.string)) }
        return view
    }
}
