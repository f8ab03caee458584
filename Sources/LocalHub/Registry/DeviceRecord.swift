import IoTHub

/// All that the hub holds of one device.
struct DeviceRecord: Sendable {
    var device: Device
    var twin: TwinDocument
    private var identityCounter: UInt64
    private(set) var connection: (any DeviceConnection)?
    var wantsDesiredChanges = false

    /// The connection that wants to hear of desired changes.
    var listener: (any DeviceConnection)? { wantsDesiredChanges ? connection : nil }

    /// Registers a device: makes what the hub makes of an identity, and an empty twin.
    init(registering device: Device, at time: HubTimestamp) {
        // A random start, so that an ETag from before a deletion does not match the new identity.
        identityCounter = UInt64(UInt32.random(in: 1...UInt32.max))
        twin = TwinDocument(deviceID: device.id)
        var device = device
        device.authentication = device.authentication.complete(from: nil)
        device.generationID = String(UInt64.random(in: 1...UInt64.max))
        device.etag = ETag(identityCounter: identityCounter)
        device.statusUpdatedTime = .never
        device.connectionState = .disconnected
        device.connectionStateUpdatedTime = .never
        device.lastActivityTime = .never
        device.cloudToDeviceMessageCount = 0
        self.device = device.placed(generationID: device.generationID ?? "", over: nil)
    }

    /// Puts a device back that was kept.
    ///
    /// Connection state and last activity are not kept on their own, only along with the next write: after a restart
    /// nobody is connected anyway, and a write for every sign of life would cost more than it is worth.
    init(restoring stored: StoredDevice, at time: HubTimestamp) {
        device = stored.device
        twin = stored.twin
        identityCounter = stored.device.etag?.identityCounter ?? UInt64(UInt32.random(in: 1...UInt32.max))
        if device.connectionState == .connected {
            device.connectionState = .disconnected
            device.connectionStateUpdatedTime = time
        }
    }

    /// Overwrites what a service may set of an identity; keys that are left out stay as they are.
    mutating func update(with new: Device, at time: HubTimestamp) {
        let placed = new.placed(generationID: device.generationID ?? "", over: device)
        if device.status != new.status { device.statusUpdatedTime = time }
        device.status = new.status
        device.statusReason = new.statusReason
        device.authentication = new.authentication.complete(from: device.authentication)
        device.capabilities = new.capabilities
        device.deviceScope = placed.deviceScope
        device.parentScopes = placed.parentScopes
        identityCounter &+= 1
        device.etag = ETag(identityCounter: identityCounter)
        if device.status == .disabled { drop(because: .deviceDisabled, at: time) }
    }

    /// Makes a connection the device's only one.
    mutating func connect(_ new: any DeviceConnection, modelID: String?, at time: HubTimestamp) {
        if let connection, connection !== new { connection.close(because: .takenOver) }
        connection = new
        wantsDesiredChanges = false
        // Whether a connect without a model id clears the old one is not documented; here it does.
        twin.modelID = modelID ?? ""
        device.connectionState = .connected
        device.connectionStateUpdatedTime = time
        device.lastActivityTime = time
    }

    /// Forgets a connection, unless another one has taken over.
    mutating func disconnect(_ old: any DeviceConnection, at time: HubTimestamp) {
        guard connection === old else { return }
        forgetConnection(at: time)
    }

    /// Ends the connection, if there is one.
    mutating func drop(because reason: DeviceCloseReason, at time: HubTimestamp) {
        guard let connection else { return }
        connection.close(because: reason)
        forgetConnection(at: time)
    }

    private mutating func forgetConnection(at time: HubTimestamp) {
        connection = nil
        wantsDesiredChanges = false
        device.connectionState = .disconnected
        device.connectionStateUpdatedTime = time
        device.lastActivityTime = time
    }

    /// Carries out a service's write.
    /// - Returns: what to tell the device.
    mutating func write(
        _ write: TwinWrite,
        replacing: Bool,
        at time: HubTimestamp
    ) throws(IoTHubError) -> DesiredChange? {
        replacing ? try twin.replace(with: write, at: time) : try twin.patch(write, at: time)
    }
}

extension AuthenticationMechanism {
    /// The mechanism with the keys that it lacks: those of the identity before, else new ones.
    fileprivate func complete(from old: AuthenticationMechanism?) -> AuthenticationMechanism {
        guard type == .sas else { return self }
        var complete = self
        complete.symmetricKey = SymmetricKey(
            primaryKey: symmetricKey?.primaryKey ?? old?.symmetricKey?.primaryKey ?? SymmetricKey.randomKey(),
            secondaryKey: symmetricKey?.secondaryKey ?? old?.symmetricKey?.secondaryKey ?? SymmetricKey.randomKey()
        )
        return complete
    }
}
