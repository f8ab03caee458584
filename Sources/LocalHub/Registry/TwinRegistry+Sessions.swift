import IoTHub

// Sessions of MQTT devices. They change with the device's lock held, so that they belong to the connection that came
// last, and to no device that is gone.
extension TwinRegistry {
    /// Makes a connection the device's only one, as `connect` does, and begins or resumes the device's session.
    /// - Parameters:
    ///   - id: the device.
    ///   - connection: the connection.
    ///   - modelID: what the device says to be.
    ///   - isPersistent: false drops what was kept, and keeps nothing.
    /// - Returns: the subscriptions of the earlier session; nil when there was none, or none is wanted.
    /// - Throws: `IoTHubError` with `deviceNotFound` or `deviceDisabled`.
    func connect(
        _ id: String,
        connection: any DeviceConnection,
        modelID: String?,
        isPersistent: Bool
    ) throws(IoTHubError) -> MQTTSubscriptionSet? {
        try connect(id, connection: connection, modelID: modelID) {
            sessions.open(id, isPersistent: isPersistent)
        }
    }

    /// Keeps the subscriptions of a persistent session; of no effect for a connection taken over.
    func keepSession(_ subscriptions: MQTTSubscriptionSet, of id: String, connection: any DeviceConnection) {
        ifRegistered(id) { record in
            if record.connection === connection { sessions.keep(subscriptions, of: id) }
        }
    }

    /// Forgets the session of a device that is not registered.
    func removeSessionOfUnknown(_ id: String) {
        // Nothing in the body throws.
        try? withPlace(of: id) { (place) throws(IoTHubError) in
            if place == nil { sessions.remove(id) }
        }
    }
}
