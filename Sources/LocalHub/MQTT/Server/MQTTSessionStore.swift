import NIOConcurrencyHelpers

/// The persistent sessions (CleanSession 0) by device id: their subscriptions.
///
/// Nothing else is kept: desired changes are not queued for a device that is away. They outlive connections and
/// suspensions, as azure-iot-device demands: it never subscribes again after a reconnect.
final class MQTTSessionStore: Sendable {
    private let sessions = NIOLockedValueBox<[String: MQTTSubscriptionSet]>([:])

    /// Begins or resumes a device's session.
    /// - Parameters:
    ///   - deviceID: the device.
    ///   - isPersistent: false drops what was kept, and keeps nothing.
    /// - Returns: the subscriptions of the earlier session; nil when there was none, or none is wanted.
    func open(_ deviceID: String, isPersistent: Bool) -> MQTTSubscriptionSet? {
        sessions.withLockedValue { sessions in
            guard isPersistent else {
                sessions.removeValue(forKey: deviceID)
                return nil
            }
            if let kept = sessions[deviceID] { return kept }
            sessions[deviceID] = MQTTSubscriptionSet()
            return nil
        }
    }

    /// Keeps the subscriptions of a device's persistent session.
    func keep(_ subscriptions: MQTTSubscriptionSet, of deviceID: String) {
        sessions.withLockedValue { $0[deviceID] = subscriptions }
    }

    /// Forgets the session of a device that is no longer registered.
    func remove(_ deviceID: String) {
        sessions.withLockedValue { _ = $0.removeValue(forKey: deviceID) }
    }
}
