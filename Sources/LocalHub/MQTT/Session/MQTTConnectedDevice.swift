import IoTHub
import NIOCore

/// A change of reported properties as it came.
struct MQTTReportedPatch: Sendable, Hashable {
    /// Nil when the device wants no answer.
    var requestID: String?
    var expectedVersion: MQTTDeviceTopic.ExpectedVersion
    /// JSON, as far as one can hope.
    var body: ByteBuffer
    /// Whether the device named an api-version; without one it may not report.
    var hasAPIVersion: Bool
}

/// A session from its CONNACK on.
struct MQTTConnectedDevice {
    /// Most messages of QoS 1 that wait for their PUBACK; a device that lets more pile up is cut off, and gets what it
    /// missed by the twin GET after its reconnect.
    static let maximumUnacknowledged = 1024
    /// The longest that the hub waits for a sign of life, and how long with keep-alive 0: 29.45 minutes.
    static let maximumSilence = TimeAmount.seconds(1767)

    let id: String
    private let isPersistent: Bool
    private let hasAPIVersion: Bool
    private let silence: TimeAmount
    private let end: NIODeadline?
    private var lastHeard: NIODeadline
    private var subscriptions: MQTTSubscriptionSet
    private var unacknowledged: Set<UInt16> = []
    private var lastPacketID: UInt16 = 0

    init(_ login: MQTTLogin, subscriptions: MQTTSubscriptionSet?, lifetime: TimeAmount?, at now: NIODeadline) {
        id = login.deviceID
        isPersistent = !login.cleanSession
        hasAPIVersion = login.userName.apiVersion != nil
        let asked = TimeAmount.milliseconds(Int64(login.keepAlive) * 1500)
        silence = login.keepAlive == 0 ? Self.maximumSilence : min(asked, Self.maximumSilence)
        end = lifetime.map { now + $0 }
        lastHeard = now
        self.subscriptions = subscriptions ?? MQTTSubscriptionSet()
    }

    var wantsDesiredChanges: Bool { subscriptions[.desiredProperties] != nil }

    func reasonToClose(at now: NIODeadline) -> MQTTCloseReason? {
        if let end, now >= end { return .tokenExpired }
        return now >= lastHeard + silence ? .keepAliveExpired : nil
    }

    mutating func received(_ packet: MQTTClientPacket, at now: NIODeadline) -> [MQTTSession.Action] {
        lastHeard = now
        switch packet {
        case .connect, .connectOfOtherVersion: return [.close(.violation("a second CONNECT"))]
        case .publish(let publish): return received(publish)
        case .publishAcknowledgement(let packetID):
            unacknowledged.remove(packetID)
            return []
        case .subscribe(let packetID, let wanted): return subscribe(packetID, wanted)
        case .unsubscribe(let packetID, let filters): return unsubscribe(packetID, filters)
        case .pingRequest: return [.send(.pingResponse)]
        case .disconnect: return [.close(.deviceDisconnected)]
        }
    }

    private func received(_ publish: MQTTPublish) -> [MQTTSession.Action] {
        guard publish.quality != .exactlyOnce else { return [.close(.violation("a PUBLISH of QoS 2"))] }
        guard publish.payload.readableBytes <= MQTTFrameDecoder.maximumPayload else {
            let size = publish.payload.readableBytes
            return [.close(.violation("a message of \(size) bytes; at most \(MQTTFrameDecoder.maximumPayload)"))]
        }
        guard let topic = MQTTDeviceTopic(publish.topic, deviceID: id) else {
            // What the real hub does with foreign topics is not documented; it is seen to cut such clients off.
            return [.close(.violation("a PUBLISH to a topic that the hub does not know"))]
        }
        // Acknowledged first: twin requests are answered at once, so the order of PUBACKs is that of the PUBLISHes.
        var actions: [MQTTSession.Action] =
            publish.quality == .atLeastOnce ? [.send(.publishAcknowledgement(packetID: publish.packetID))] : []
        switch topic {
        case .twinGet(let requestID):
            guard let requestID else { return [.close(.violation("a twin GET without $rid"))] }
            actions.append(.answerTwinGet(requestID: requestID))
        case .reportedPatch(let requestID, let expectedVersion):
            actions.append(
                .answerReportedPatch(
                    MQTTReportedPatch(
                        requestID: requestID,
                        expectedVersion: expectedVersion,
                        body: publish.payload,
                        hasAPIVersion: hasAPIVersion
                    )
                )
            )
        case .methodResponse, .telemetry:
            // Nobody here calls methods or reads telemetry; both are taken, so that devices with more than a twin run.
            break
        }
        return actions
    }

    private mutating func subscribe(_ packetID: UInt16, _ wanted: [MQTTSubscription]) -> [MQTTSession.Action] {
        var codes: [UInt8] = []
        codes.reserveCapacity(wanted.count)
        for (index, subscription) in wanted.enumerated() {
            // The real hub's answer to an unknown or a sixth filter is not documented; MQTT has this one for it.
            guard index < MQTTSubscriptionSet.maximumCount,
                let filter = MQTTDeviceFilter(subscription.filter, deviceID: id)
            else {
                codes.append(MQTTServerPacket.subscriptionRefused)
                continue
            }
            let granted: MQTTQualityOfService = subscription.quality == .atMostOnce ? .atMostOnce : .atLeastOnce
            subscriptions[filter] = granted
            codes.append(granted.rawValue)
        }
        return subscriptionsChanged() + [.send(.subscribeAcknowledgement(packetID: packetID, codes))]
    }

    private mutating func unsubscribe(_ packetID: UInt16, _ filters: [String]) -> [MQTTSession.Action] {
        for filter in filters {
            if let known = MQTTDeviceFilter(filter, deviceID: id) { subscriptions[known] = nil }
        }
        return subscriptionsChanged() + [.send(.unsubscribeAcknowledgement(packetID: packetID))]
    }

    private func subscriptionsChanged() -> [MQTTSession.Action] {
        let mirrored = MQTTSession.Action.setDesiredSubscription(wantsDesiredChanges)
        return isPersistent ? [mirrored, .keep(subscriptions)] : [mirrored]
    }

    mutating func desiredPropertiesChanged(_ change: DesiredChange) -> [MQTTSession.Action] {
        guard let quality = subscriptions[.desiredProperties] else { return [] }
        var packetID: UInt16?
        if quality == .atLeastOnce {
            guard unacknowledged.count < Self.maximumUnacknowledged else { return [.close(.notAcknowledging)] }
            packetID = nextPacketID()
        }
        let delivery = MQTTDelivery(
            topic: "$iothub/twin/PATCH/properties/desired/?$version=\(change.version)",
            payload: change.body,
            packetID: packetID
        )
        return [.send(.publish(delivery))]
    }

    /// A packet id that no unacknowledged message has; there is one, since those are far fewer than ids.
    private mutating func nextPacketID() -> UInt16 {
        repeat {
            lastPacketID = lastPacketID == .max ? 1 : lastPacketID + 1
        } while unacknowledged.contains(lastPacketID)
        unacknowledged.insert(lastPacketID)
        return lastPacketID
    }
}
