import NIOConcurrencyHelpers

/// The persistent sessions (CleanSession 0) by device id: their subscriptions.
///
/// Nothing else is kept: desired changes are not queued for a device that is away. They outlive connections and
/// suspensions, as azure-iot-device demands: it never subscribes again after a reconnect. With a journal they outlive the
/// hub too.
final class MQTTSessionStore: Sendable {
    private let sessions = NIOLockedValueBox<[String: MQTTSubscriptionSet]>([:])
    private let journal: Journal?

    init(journal: Journal?) { self.journal = journal }

    /// Begins or resumes a device's session.
    /// - Parameters:
    ///   - deviceID: the device.
    ///   - isPersistent: false drops what was kept, and keeps nothing.
    /// - Returns: the subscriptions of the earlier session; nil when there was none, or none is wanted.
    func open(_ deviceID: String, isPersistent: Bool) -> MQTTSubscriptionSet? {
        sessions.withLockedValue { sessions in
            guard isPersistent else {
                end(deviceID, in: &sessions)
                return nil
            }
            if let kept = sessions[deviceID] { return kept }
            set(MQTTSubscriptionSet(), of: deviceID, in: &sessions)
            return nil
        }
    }

    /// Keeps the subscriptions of a device's persistent session, unless it has ended since.
    func keep(_ subscriptions: MQTTSubscriptionSet, of deviceID: String) {
        sessions.withLockedValue { sessions in
            if sessions[deviceID] != nil { set(subscriptions, of: deviceID, in: &sessions) }
        }
    }

    /// Forgets the session of a device that is no longer registered.
    func remove(_ deviceID: String) {
        sessions.withLockedValue { end(deviceID, in: &$0) }
    }

    /// Puts sessions back that were kept.
    func restore(_ kept: [String: MQTTSubscriptionSet]) { sessions.withLockedValue { $0 = kept } }

    // The journal hears of changes with the lock held, so that it gets them in their order.

    private func set(
        _ subscriptions: MQTTSubscriptionSet,
        of deviceID: String,
        in sessions: inout [String: MQTTSubscriptionSet]
    ) {
        sessions[deviceID] = subscriptions
        journal?.keepSession(subscriptions, of: deviceID)
    }

    private func end(_ deviceID: String, in sessions: inout [String: MQTTSubscriptionSet]) {
        guard sessions.removeValue(forKey: deviceID) != nil else { return }
        journal?.keepSession(nil, of: deviceID)
    }
}
