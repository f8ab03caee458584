import IoTHub

// The device's side of the registry, for the protocol front ends.
extension TwinRegistry {
    /// What decides whether a device may connect; nil for an unknown device.
    func authenticationData(of id: String) -> DeviceAuthentication? {
        try? withRecord(of: id) { (record) throws(IoTHubError) in
            let authentication = record.device.authentication
            return DeviceAuthentication(
                status: record.device.status,
                primaryKey: authentication.symmetricKey?.primaryKey,
                secondaryKey: authentication.symmetricKey?.secondaryKey,
                type: authentication.type,
                thumbprints: [
                    authentication.x509Thumbprint?.primaryThumbprint,
                    authentication.x509Thumbprint?.secondaryThumbprint,
                ].compactMap(\.self)
            )
        }
    }

    /// Makes a connection the device's only one; an earlier one is closed.
    ///
    /// It hears of desired changes only after `setDesiredSubscription`.
    /// - Throws: `IoTHubError` with `deviceNotFound` or `deviceDisabled`, since the identity may have changed after the
    ///   front end looked.
    func connect(_ id: String, connection: any DeviceConnection, modelID: String?) throws(IoTHubError) {
        try connect(id, connection: connection, modelID: modelID) {}
    }

    /// The same, with something else to be done in the same step, under the device's lock.
    func connect<Success: Sendable>(
        _ id: String,
        connection: any DeviceConnection,
        modelID: String?,
        with body: () -> Success
    ) throws(IoTHubError) -> Success {
        try withRecord(of: id) { (record) throws(IoTHubError) in
            let time = now()
            guard record.device.status == .enabled else { throw IoTHubError(.deviceDisabled, id) }
            let earlierModelID = record.twin.modelID
            tally.connectionChanged(from: record.connection, to: connection)
            record.connect(connection, modelID: modelID, at: time)
            if record.twin.modelID != earlierModelID { keep(record, .twin) }
            return body()
        }
    }

    /// Forgets a connection that has ended; nothing happens when another one has taken over or the device is gone.
    func disconnect(_ id: String, connection: any DeviceConnection) {
        ifRegistered(id) { record in
            let time = now()
            let earlier = record.connection
            record.disconnect(connection, at: time)
            tally.connectionChanged(from: earlier, to: record.connection)
        }
    }

    /// Turns the delivery of desired changes to a connection on or off; of no effect for a connection taken over.
    func setDesiredSubscription(_ id: String, connection: any DeviceConnection, _ on: Bool) {
        ifRegistered(id) { record in
            if record.connection === connection { record.wantsDesiredChanges = on }
        }
    }

    /// The twin that answers a device's twin GET.
    /// - Throws: `IoTHubError` with `deviceNotFound`, or a throttle's.
    func twinForDevice(_ id: String) throws(IoTHubError) -> TwinDocument {
        try admitRequest(of: id)
        return try withRecord(of: id) { (record) throws(IoTHubError) in
            record.device.lastActivityTime = now()
            return record.twin
        }
    }

    /// Merges a device's patch into its reported properties.
    /// - Returns: the new reported `$version`.
    /// - Throws: `IoTHubError`: `deviceNotFound`, `preconditionFailed`, a broken limit with its path, or a throttle's.
    func patchReported(_ id: String, _ patch: JSONObject, ifVersion: Int64?) throws(IoTHubError) -> Int64 {
        try admitRequest(of: id)
        return try withRecord(of: id) { (record) throws(IoTHubError) in
            // The time is taken inside the lock, so that `$lastUpdated` grows with `$version`.
            let time = now()
            try admitWrite()
            record.device.lastActivityTime = time
            let version = try record.twin.patchReported(patch, ifVersion: ifVersion, at: time)
            keep(record, .twin)
            return version
        }
    }

    /// Merges a device's patch, as it came, into its reported properties.
    /// - Returns: the new reported `$version`.
    /// - Throws: `IoTHubError`: also `argumentInvalid` for a body that is no JSON object.
    func patchReported(
        _ id: String,
        body: UnsafeRawBufferPointer,
        ifVersion: Int64?
    ) throws(IoTHubError) -> Int64 {
        let patch: JSONObject
        do throws(JSONError) {
            patch = try JSONObject(parsing: body)
        } catch {
            throw IoTHubError(.argumentInvalid, "the body is not the JSON object that was expected: \(error)")
        }
        return try patchReported(id, patch, ifVersion: ifVersion)
    }

    /// Changes the model id of a device that is connected already; of no effect for a connection taken over.
    func setModelID(_ id: String, connection: any DeviceConnection, _ modelID: String) {
        ifRegistered(id) { record in
            guard record.connection === connection, record.twin.modelID != modelID else { return }
            record.twin.modelID = modelID
            keep(record, .twin)
        }
    }

    /// Calls `body` with a device, if there is one, under its lock.
    func ifRegistered(_ id: String, _ body: (inout DeviceRecord) -> Void) {
        // The only error is that there is no such device.
        try? withRecord(of: id) { (record) throws(IoTHubError) in body(&record) }
    }
}
