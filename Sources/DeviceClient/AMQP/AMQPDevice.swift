internal import AMQPEngine

/// One device on an AMQP connection: its token, its session, its pair of twin links.
///
/// It joins a connection that may not be there yet. Once that is open it shows its token, unless it has a certificate; then
/// it is `accepted`, and the twin links are attached with the first subscription, as a subscription to their answers.
// Safe: the device's actor, whose executor is the lane, and the connection, which the lane calls, are all who reach it, so
// that everything happens on one serial queue.
final class AMQPDevice: DeviceConnection, @unchecked Sendable {
    let identity: AMQPIdentity
    private(set) var client: DeviceClient?
    private weak var connection: AMQPDeviceConnection?
    /// The token to show first; nil with a certificate, which the connection has shown.
    private var token: String?
    private var session: AMQPSession?
    private var sender: AMQPLink?
    private var receiver: AMQPLink?
    var inbox: [LinkEvent] = []
    private(set) var loss: DeviceClientError?
    /// Whether the hub has taken the first token.
    private var isAccepted = false
    /// Whether only this device's part of the connection is gone, so that the connection can serve for the next try.
    private(set) var isConnectionGood = false

    /// What waits for credit, oldest first.
    private var unsent: [[UInt8]] = []
    /// The change of subscriptions that waits for the links, then for an answer.
    private var change: Change?
    private var lastChange: UInt64 = 0

    private struct Change {
        /// Nil when it is about the links alone.
        var wantsDesiredChanges: Bool?
        /// The number of the message; nil as long as it is not sent.
        var number: UInt64?
    }

    /// Source: `AmqpTransportSettings.PrefetchCount` of Azure IoT SDK for C#.
    private static let credit = 50

    init(client: DeviceClient, identity: AMQPIdentity, token: String?) {
        self.client = client
        self.identity = identity
        self.token = token
    }

    // MARK: What the connection brings

    /// The device is on a connection from now on.
    func joined(_ connection: AMQPDeviceConnection) { self.connection = connection }

    /// The connection is open, and takes tokens.
    func connectionOpened() {
        if let token {
            connection?.putToken(token, of: self)
        } else {
            // What the hub thinks of the certificate, it says to the links.
            accept()
        }
    }

    /// The hub has answered a token, the first one or one that renews it.
    func tokenAnswered(status: Int, description: String?) {
        guard loss == nil else { return }
        let name = client?.deviceID ?? identity.ownAddress
        if let refusal = AMQPFault.refusal(status: status, description: description, deviceID: name) {
            return loseAlone(refusal)
        }
        token = ""
        accept()
    }

    private func accept() {
        guard !isAccepted else { return }
        isAccepted = true
        put(.accepted)
    }

    /// The hub has answered an attach.
    func linkAttached(_ link: AMQPLink) { goOn() }

    /// The hub has given credit.
    func creditChanged() { sendUnsent() }

    func received(_ delivery: AMQPDelivery) {
        if !delivery.isSettled { connection?.engine.settle(delivery.id, .accepted) }
        switch TwinMessage.read(delivery.bytes) {
        case .event(let event): put(event)
        case .foreign: break
        case .subscriptionAnswer(let number, let status):
            guard number == change?.number else { return }
            change = nil
            guard (200..<300).contains(status) else {
                return loseAlone(
                    DeviceClientError(.communication, status: status, "the hub refused a subscription with \(status)")
                )
            }
            put(.acknowledged)
        }
    }

    /// The hub has ended the device's session, or one of its links.
    func ended(_ error: AMQPError?, what: String) { loseAlone(AMQPFault.error(error, what: what)) }

    /// The whole connection is gone.
    func connectionLost(_ error: DeviceClientError) {
        lose(error)
        connection = nil
    }

    private func put(_ event: LinkEvent) {
        inbox.append(event)
        connection?.hasNews(self)
    }

    private func loseAlone(_ error: DeviceClientError) {
        isConnectionGood = loss == nil
        lose(error)
    }

    // MARK: What the client wants

    func subscribe(to subscriptions: [ConnectionMachine.Subscription]) {
        change = Change(wantsDesiredChanges: subscriptions.contains(.desiredChanges) ? true : nil)
        attach()
        goOn()
    }

    func unsubscribe(from subscription: ConnectionMachine.Subscription) {
        change = Change(wantsDesiredChanges: false)
        goOn()
    }

    func send(_ request: TwinRequest, rid: UInt64) {
        guard loss == nil else { return }
        let bytes = TwinMessage.request(request, rid: rid)
        if let limit = sender?.remote?.maxMessageSize, bytes.count > limit {
            let error = DeviceClientError(.tooLarge, "the message has \(bytes.count) bytes, the hub takes \(limit)")
            return put(.unsendable(rid: rid, error))
        }
        unsent.append(bytes)
        sendUnsent()
    }

    func renew(token: String) -> Bool {
        if isAccepted {
            connection?.putToken(token, of: self)
        } else {
            self.token = token
        }
        return true
    }

    func disconnect() {
        lose(DeviceClientError(.closed, "the connection was closed"))
        isConnectionGood = true
    }

    func lose(_ error: DeviceClientError) {
        guard loss == nil else { return }
        loss = error
        connection?.hasNews(self)
    }

    /// Leaves the connection, and lets go of the client.
    func leave() {
        client = nil
        connection?.remove(self, session)
        connection = nil
    }

    /// Sends what the client's work has left behind; the connection itself does so after news.
    func flush() { connection?.work() }

    // MARK: Links

    private func attach() {
        guard session == nil, loss == nil, let engine = connection?.engine else { return }
        let hub = AMQPTerminus(identity.twinAddress)
        let own = AMQPTerminus(identity.ownAddress)
        var options = AMQPLinkOptions()
        options.senderSettleMode = .settled
        options.properties = identity.makeTwinLinkProperties()
        do throws(AMQPError) {
            let session = try engine.beginSession()
            self.session = session
            connection?.began(session, for: self)
            sender = try engine.attach(.sender, "TwinSenderLink", in: session, source: own, target: hub, options)
            options.creditWindow = Self.credit
            receiver = try engine.attach(.receiver, "TwinReceiverLink", in: session, source: hub, target: own, options)
        } catch {
            loseAlone(AMQPFault.error(error, what: "a session"))
        }
    }

    /// Takes the next step of a change of subscriptions.
    private func goOn() {
        // A hub that refuses a link answers it without its terminus, and detaches it right afterwards.
        guard var change, change.number == nil, sender?.remote?.target != nil, receiver?.remote?.source != nil else {
            return
        }
        guard let isOn = change.wantsDesiredChanges else {
            self.change = nil
            return put(.acknowledged)
        }
        lastChange += 1
        change.number = lastChange
        self.change = change
        unsent.append(TwinMessage.subscription(isOn: isOn, number: lastChange))
        sendUnsent()
    }

    private func sendUnsent() {
        guard !unsent.isEmpty, let sender, let engine = connection?.engine, loss == nil else { return }
        var count = 0
        while count < unsent.count, sender.remote?.target != nil, sender.credit > 0 {
            do throws(AMQPError) { try engine.send(unsent[count], over: sender, settled: true) } catch {
                loseAlone(AMQPFault.error(error, what: "the twin link"))
                break
            }
            count += 1
        }
        unsent.removeFirst(count)
    }
}
