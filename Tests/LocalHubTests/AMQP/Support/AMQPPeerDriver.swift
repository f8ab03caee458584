import AMQPEngine
import Foundation
import IoTHub
import NIOCore

@testable import LocalHub

/// A peer and a client's engine, joined by memory; the registry is a yes to everything.
final class AMQPPeerDriver {
    static let key = Data(repeating: 7, count: 32).base64EncodedString()
    static let start = AMQPTime(
        monotonic: .uptimeNanoseconds(1_000_000_000),
        wall: HubTimestamp(secondsSinceEpoch: 1_700_000_000, nanoseconds: 0)
    )

    let peer: AMQPPeer
    let client: AMQPConnection
    var now = AMQPPeerDriver.start
    /// Whether twin requests wait for `AMQPPeer.open`.
    var waits = false
    /// The actions, as words.
    private(set) var actions: [String] = []
    private(set) var events: [AMQPEvent] = []
    /// What the client sent.
    private(set) var sent: [UInt8] = []

    init(_ credential: AMQPSASLCredential? = nil, maxFrameSize: UInt32 = 65_536) {
        peer = Self.makePeer()
        var configuration = AMQPConfiguration(containerID: "client", hostname: "hub")
        configuration.maxFrameSize = maxFrameSize
        client = AMQPConnection(.client(credential), configuration)
    }

    static func makePeer() -> AMQPPeer {
        let authorizer = AMQPAuthorizer(
            hostNames: ["hub"],
            device: { id in
                id == "nobody"
                    ? nil : DeviceAuthentication(status: .enabled, primaryKey: key, secondaryKey: nil, type: .sas)
            },
            policy: { _ in nil }
        )
        return AMQPPeer(authorizer: authorizer, at: start.monotonic)
    }

    static func token(_ id: String, validFor seconds: Int64 = 3600) throws -> String {
        let expiry = start.wall.secondsSinceEpoch + seconds
        return try SharedAccessSignature.create(resource: "hub/devices/\(id)", key: key, expiry: expiry).token
    }

    /// Passes bytes to and fro until both ends are silent.
    func exchange() {
        while true {
            let output = client.takeOutput()
            sent += output
            output.withUnsafeBytes { peer.receive($0) }
            run()
            let answer = peer.takeOutput()
            client.receive(answer)
            while let event = client.nextEvent() { events.append(event) }
            if output.isEmpty, answer.isEmpty { return }
        }
    }

    func run() {
        Self.run(peer, at: now, waits: waits) { actions.append($0) }
    }

    /// Does what the channel handler would, with a registry that says yes.
    static func run(_ peer: AMQPPeer, at now: AMQPTime, waits: Bool = false, _ note: (String) -> Void) {
        while let action = peer.next(at: now) {
            switch action {
            case .connect(let request):
                note("connect \(request.deviceID)")
                peer.connected(request)
                peer.attach(request)
            case .setModelID(let modelID, let id): note("model \(modelID) \(id)")
            case .disconnect(let id): note("disconnect \(id)")
            case .refused(let id, _): note("refused \(id)")
            case .endSubscription(let id): note("unsubscribe \(id)")
            case .twin(let request):
                switch request.operation {
                case .get:
                    note("get")
                    peer.answer(
                        request,
                        .success(AMQPTwinAnswer.twin([0x7B, 0x7D])),
                        showing: 5,
                        waits: waits,
                        at: now
                    )
                case .patch:
                    note("patch")
                    peer.answer(request, .success(AMQPTwinAnswer.reported(version: 2)), waits: waits, at: now)
                case .subscribe:
                    note("subscribe")
                    peer.setSubscribed(request.deviceID, true)
                    peer.answer(request, .success(AMQPTwinAnswer.done()), at: now)
                case .unsubscribe:
                    note("unsubscribe")
                    peer.setSubscribed(request.deviceID, false)
                    peer.answer(request, .success(AMQPTwinAnswer.done()), at: now)
                }
            case .close(let reason): note("close: \(reason)")
            }
        }
    }

    func pass(_ seconds: Int64) {
        now.monotonic = now.monotonic + .seconds(seconds)
        now.wall = HubTimestamp(secondsSinceEpoch: now.wall.secondsSinceEpoch + seconds, nanoseconds: 0)
        peer.timePassed(now)
        exchange()
    }

    // MARK: The client's side

    func begin() throws -> AMQPSession {
        client.open()
        exchange()
        let session = try client.beginSession()
        exchange()
        return session
    }

    func attach(
        _ role: AMQPLink.Role,
        _ address: String,
        _ session: AMQPSession,
        credit: Int = 100,
        pair: String? = nil
    ) throws -> AMQPLink {
        var options = AMQPLinkOptions()
        options.creditWindow = role == .receiver ? credit : 0
        if let pair { options.properties[symbol: "com.microsoft:channel-correlation-id"] = .string(pair) }
        let terminus = AMQPTerminus(address)
        let name = "\(role) \(address) \(pair ?? "")"
        let link = try client.attach(role, name, in: session, source: terminus, target: terminus, options)
        exchange()
        return link
    }

    func put(_ id: String, _ session: AMQPSession, validFor seconds: Int64 = 3600) throws {
        let up = try attach(.sender, "$cbs", session)
        let down = try attach(.receiver, "$cbs", session)
        let message = AMQPTestClient.putToken(
            try Self.token(id, validFor: seconds),
            for: "hub/devices/\(id)",
            id: .ulong(0)
        )
        try client.send(message.encoded, over: up)
        exchange()
        client.detach(up)
        client.detach(down)
        exchange()
    }

    /// The twin links of a device whose token is put.
    func twin(
        _ id: String,
        _ session: AMQPSession,
        credit: Int = 100,
        pair: String? = nil
    ) throws -> (up: AMQPLink, down: AMQPLink) {
        (
            try attach(.sender, "/devices/\(id)/twin", session, pair: pair),
            try attach(.receiver, "/devices/\(id)/twin", session, credit: credit, pair: pair)
        )
    }

    func send(_ message: AMQPMessage, over link: AMQPLink, settled: Bool = false) throws {
        try client.send(message.encoded, over: link, settled: settled)
        exchange()
    }

    /// The messages that came over a link, each as its correlation id's text, or the version of a change.
    func messages(over link: AMQPLink) -> [String] {
        events.compactMap { event in
            guard case .delivery(let delivery) = event, delivery.link === link,
                let message = try? AMQPMessage(decoding: delivery.bytes)
            else { return nil }
            if case .string(let text) = message.properties.correlationID { return "\(text) \(message.status ?? 0)" }
            return message.version.map { "change \($0)" } ?? "?"
        }
    }

    /// What came of outcomes and messages, in order.
    var order: [String] {
        events.compactMap { event in
            switch event {
            case .settled: "outcome"
            case .delivery: "message"
            default: nil
            }
        }
    }

    /// The errors with which links were detached.
    var detachments: [AMQPError.Condition?] {
        events.compactMap { if case .linkDetached(_, let error) = $0 { .some(error?.condition) } else { nil } }
    }
}
