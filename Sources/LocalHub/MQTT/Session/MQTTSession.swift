import IoTHub
import NIOCore

/// The hub's end of one MQTT connection, without socket, clock or registry: events in, actions out.
///
/// Source: OASIS, "MQTT Version 3.1.1"; Azure IoT Hub documentation, "Communicate with an IoT hub using the MQTT
/// protocol".
struct MQTTSession {
    /// What the owner of the socket has to do, in order.
    enum Action: Hashable {
        case send(MQTTServerPacket)
        /// Find out whether the device may connect, and call `accept` or `refuse`.
        case authenticate(MQTTLogin)
        /// Answer with the twin; the answer goes to this connection, subscribed or not.
        case answerTwinGet(requestID: String)
        /// Change the reported properties, and answer if there is a request id.
        case answerReportedPatch(MQTTReportedPatch)
        /// Tell the registry whether this connection wants desired changes.
        case setDesiredSubscription(Bool)
        /// Keep the subscriptions for the next connection of the device.
        case keep(MQTTSubscriptionSet)
        /// Close the connection once what was sent before is written; nothing more comes.
        case close(MQTTCloseReason)
    }

    private enum State {
        case awaitingConnect(until: NIODeadline)
        case authenticating(MQTTLogin)
        case connected(MQTTConnectedDevice)
        case closed
    }

    /// How long a new connection may take to send its CONNECT, TLS handshake included.
    static let connectTimeout = TimeAmount.seconds(60)

    private var state: State

    /// Begins with a connection that was just made.
    init(at now: NIODeadline) {
        state = .awaitingConnect(until: now + Self.connectTimeout)
    }

    /// Takes a packet.
    mutating func received(_ packet: MQTTClientPacket, at now: NIODeadline) -> [Action] {
        switch state {
        case .awaitingConnect:
            switch packet {
            case .connect(let connect): return received(connect)
            case .connectOfOtherVersion(let level):
                return refuse(.unacceptableProtocolVersion, "protocol level \(level); expected 4, MQTT 3.1.1")
            default: return close(.violation("the first packet was no CONNECT"))
            }
        case .authenticating:
            // A device need not wait for its CONNACK, so the owner must answer before it passes more on.
            return close(.violation("a packet before the CONNECT was answered"))
        case .connected(var device):
            // Keeps the only copy, so that the change is made in place.
            state = .closed
            let actions = device.received(packet, at: now)
            if case .close = actions.last { return actions }
            state = .connected(device)
            return actions
        case .closed:
            return []
        }
    }

    private mutating func received(_ connect: MQTTConnect) -> [Action] {
        do {
            let login = try MQTTLogin(connect)
            // The will becomes telemetry, so it may only go where telemetry goes; what it says is not kept.
            if let will = connect.will {
                guard case .telemetry = MQTTDeviceTopic(will.topic, deviceID: login.deviceID) else {
                    return close(.violation("a will for another topic than the device's telemetry"))
                }
            }
            state = .authenticating(login)
            return [.authenticate(login)]
        } catch {
            return refuse(error.code, error.why)
        }
    }

    /// Lets the device in.
    /// - Parameters:
    ///   - restored: the subscriptions of its earlier session; nil when there is none, or it wants none.
    ///   - lifetime: how long its token and the hub's patience last from now; nil for ever.
    ///   - now: the time.
    /// - Returns: what to do.
    mutating func accept(restored: MQTTSubscriptionSet?, lifetime: TimeAmount?, at now: NIODeadline) -> [Action] {
        guard case .authenticating(let login) = state else { return [] }
        let device = MQTTConnectedDevice(login, subscriptions: restored, lifetime: lifetime, at: now)
        state = .connected(device)
        var actions: [Action] = [
            .send(.connectAcknowledgement(.accepted, sessionPresent: restored != nil))
        ]
        if device.wantsDesiredChanges { actions.append(.setDesiredSubscription(true)) }
        return actions
    }

    /// Turns the device away.
    mutating func refuse(_ code: MQTTConnectReturnCode, _ why: String) -> [Action] {
        state = .closed
        return [
            .send(.connectAcknowledgement(code, sessionPresent: false)),
            .close(.refused(code, why)),
        ]
    }

    /// Tells the device of a change of its desired properties, if it wants to know.
    mutating func desiredPropertiesChanged(_ change: DesiredChange) -> [Action] {
        guard case .connected(var device) = state else { return [] }
        state = .closed
        let actions = device.desiredPropertiesChanged(change)
        if case .close = actions.last { return actions }
        state = .connected(device)
        return actions
    }

    /// Checks the clock; to be called every now and then.
    mutating func timePassed(_ now: NIODeadline) -> [Action] {
        switch state {
        case .awaitingConnect(let end): now >= end ? close(.connectTimedOut) : []
        case .connected(let device): device.reasonToClose(at: now).map { close($0) } ?? []
        case .authenticating, .closed: []
        }
    }

    /// Ends the session for a reason from outside.
    mutating func close(_ reason: MQTTCloseReason) -> [Action] {
        if case .closed = state { return [] }
        state = .closed
        return [.close(reason)]
    }
}
