@testable import AMQPEngine

/// Two ends back to back in memory.
///
/// The server does what a friendly hub does; `serve` changes that.
final class TestPair {
    let client: AMQPConnection
    let server: AMQPConnection
    var clientEvents: [AMQPEvent] = []
    var serverEvents: [AMQPEvent] = []
    /// All bytes of each end, for replays.
    private(set) var fromClient: [UInt8] = []
    private(set) var fromServer: [UInt8] = []
    /// Takes a server's event away from the friendly hub when it returns true.
    var serve: (AMQPConnection, AMQPEvent) -> Bool = { _, _ in false }
    /// How many bytes travel at once; all when nil.
    var pieceSize: Int?
    var serverLinks = AMQPLinkOptions()

    init(
        _ credential: AMQPSASLCredential? = .cbs,
        mechanisms: [String] = ["ANONYMOUS", "MSSBCBS", "PLAIN", "EXTERNAL"],
        configure: (inout AMQPConfiguration, inout AMQPConfiguration) -> Void = { _, _ in }
    ) {
        var mine = AMQPConfiguration(containerID: "device", hostname: "hub.example")
        var theirs = AMQPConfiguration(containerID: "hub")
        configure(&mine, &theirs)
        client = AMQPConnection(.client(credential), mine)
        server = AMQPConnection(.server(mechanisms: mechanisms), theirs)
        serverLinks.creditWindow = 10
    }

    /// A pair whose connection is open, with no events left.
    static func opened(
        _ credential: AMQPSASLCredential? = .cbs,
        configure: (inout AMQPConfiguration, inout AMQPConfiguration) -> Void = { _, _ in }
    ) -> TestPair {
        let pair = TestPair(credential, configure: configure)
        pair.client.open()
        pair.exchange()
        pair.clientEvents = []
        pair.serverEvents = []
        return pair
    }

    /// Moves bytes and events until both ends are quiet.
    func exchange() {
        var isQuiet = false
        while !isQuiet {
            let up = client.takeOutput()
            let down = server.takeOutput()
            isQuiet = up.isEmpty && down.isEmpty
            fromClient += up
            fromServer += down
            for piece in pieces(up) { server.receive(piece) }
            for piece in pieces(down) { client.receive(piece) }
            while let event = server.nextEvent() {
                serverEvents.append(event)
                isQuiet = false
                if !serve(server, event) { befriend(event) }
            }
            while let event = client.nextEvent() {
                clientEvents.append(event)
                isQuiet = false
            }
        }
    }

    private func pieces(_ bytes: [UInt8]) -> [[UInt8]] {
        guard let pieceSize else { return [bytes] }
        return stride(from: 0, to: bytes.count, by: pieceSize).map {
            Array(bytes[$0..<min($0 + pieceSize, bytes.count)])
        }
    }

    private func befriend(_ event: AMQPEvent) {
        switch event {
        case .saslInit: server.answerSASL(.ok)
        case .opened: server.open()
        case .sessionBegun(let session): server.accept(session)
        case .linkAttached(let link) where link.isRemote: server.accept(link, serverLinks)
        case .delivery(let delivery) where !delivery.isSettled: server.settle(delivery.id, .accepted)
        default: break
        }
    }

    func session() throws -> AMQPSession {
        let session = try client.beginSession()
        exchange()
        return session
    }

    func attach(
        _ role: AMQPLink.Role,
        _ name: String,
        in session: AMQPSession,
        address: String = "/devices/press/twin",
        _ options: AMQPLinkOptions = AMQPLinkOptions()
    ) throws -> AMQPLink {
        let mine = AMQPTerminus("press")
        let link = try client.attach(
            role,
            name,
            in: session,
            source: role == .receiver ? AMQPTerminus(address) : mine,
            target: role == .sender ? AMQPTerminus(address) : mine,
            options
        )
        exchange()
        return link
    }
}

/// What tests look for in a list of events.
extension [AMQPEvent] {
    var deliveries: [AMQPDelivery] { compactMap { if case .delivery(let delivery) = $0 { delivery } else { nil } } }
    var attached: [AMQPLink] { compactMap { if case .linkAttached(let link) = $0 { link } else { nil } } }
    var detached: [(link: AMQPLink, error: AMQPError?)] {
        compactMap { if case .linkDetached(let link, let error) = $0 { (link, error) } else { nil } }
    }
    var begun: [AMQPSession] { compactMap { if case .sessionBegun(let session) = $0 { session } else { nil } } }
    var ended: [(session: AMQPSession, error: AMQPError?)] {
        compactMap { if case .sessionEnded(let session, let error) = $0 { (session, error) } else { nil } }
    }
    var opens: [AMQPOpen] { compactMap { if case .opened(let open) = $0 { open } else { nil } } }
    var inits: [AMQPSASLInit] { compactMap { if case .saslInit(let initial) = $0 { initial } else { nil } } }
    var outcomes: [AMQPSASLOutcome] { compactMap { if case .saslOutcome(let outcome) = $0 { outcome } else { nil } } }
    var settled: [(id: AMQPDeliveryID, outcome: AMQPOutcome?)] {
        compactMap { if case .settled(let id, let outcome) = $0 { (id, outcome) } else { nil } }
    }
    var closes: [AMQPError?] { compactMap { if case .closed(let error) = $0 { .some(error) } else { nil } } }
    var failures: [AMQPError] { compactMap { if case .failed(let error) = $0 { error } else { nil } } }
    var flows: [AMQPLink] { compactMap { if case .flow(let link) = $0 { link } else { nil } } }
}
