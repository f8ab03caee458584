import AMQPEngine
import DeviceClient
import Foundation
import IoTHub
import NIOConcurrencyHelpers
import NIOCore
import NIOPosix

@testable import LocalHub

/// A hub that speaks AMQP over TLS and misbehaves as it is told: for faults that a good hub does not have.
///
/// It takes every token, answers every twin request, and tells what it saw as lines of text.
final class ScriptedAMQPHub: Sendable {
    /// How it behaves.
    struct Script: Sendable {
        /// The answer to a token of a device, the number of its tokens so far, from 1.
        var tokenStatus: @Sendable (_ device: String, _ count: Int) -> Int = { _, _ in 200 }
        /// How many twin requests a device may send before the hub gives more credit.
        var credit = 100
        /// The answer to a patch that it takes.
        var patchStatus: Int32 = 204
        /// The largest twin message that it takes.
        var maxMessageSize = 1_048_576
        /// What it refuses twin links with.
        var refusal: @Sendable (_ device: String) -> AMQPError? = { _ in nil }
        /// Whether it leaves the devices' time-outs alone, as a hub does that hangs.
        var isSilent = false
        /// What it announces; it gives up after twice that.
        var idleTimeout: UInt32?
        /// Whether it answers those who read their twins.
        var answersReading = true
        /// Whether it hangs up on whoever connects.
        var hangsUp = false
    }

    let port: Int
    let tls: DeviceTLS
    /// What it saw: "hang-up", "connect", "token d 1", "attach d", "GET d", "PATCH d {…}", "PUT d", "DELETE d", "end d", "gone".
    let seen = Events<String>()
    private let script: NIOLockedValueBox<Script>
    private let peers = NIOLockedValueBox<[ObjectIdentifier: NIOLoopBound<ScriptedAMQPPeer>]>([:])
    private let tokens = NIOLockedValueBox<[String: Int]>([:])
    private let listener: any Channel

    static func with<Result: Sendable>(
        _ change: (inout Script) -> Void = { _ in },
        _ body: (ScriptedAMQPHub) async throws -> Result
    ) async throws -> Result {
        var script = Script()
        change(&script)
        let folder = try HubFolder.open(
            nil,
            names: ["localhost"],
            at: Date(),
            logger: LocalHub.Configuration().logger
        )
        defer { folder.close() }
        let hub = try await ScriptedAMQPHub(script, folder)
        do {
            let result = try await body(hub)
            await hub.stop()
            return result
        } catch {
            await hub.stop()
            throw error
        }
    }

    private init(_ script: Script, _ folder: HubFolder) async throws {
        self.script = NIOLockedValueBox(script)
        tls = try DeviceTLS(trustedCAFile: folder.authorityFile)
        let serverTLS = folder.tls
        let later = NIOLockedValueBox<ScriptedAMQPHub?>(nil)
        listener = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    guard let hub = later.withLockedValue({ $0 }) else { throw ChannelError.ioOnClosedChannel }
                    let peer = ScriptedAMQPPeer(hub)
                    hub.peers.withLockedValue {
                        $0[ObjectIdentifier(peer)] = NIOLoopBound(peer, eventLoop: channel.eventLoop)
                    }
                    try channel.pipeline.syncOperations.addHandlers(serverTLS.makeHandler(), peer)
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        port = listener.localAddress?.port ?? 0
        later.withLockedValue { $0 = self }
        listener.closeFuture.whenComplete { _ in later.withLockedValue { $0 = nil } }
    }

    private func stop() async {
        try? await listener.close()
        cut()
    }

    /// What it does from now on.
    func change(_ change: (inout Script) -> Void) { script.withLockedValue { change(&$0) } }

    var current: Script { script.withLockedValue { $0 } }

    func countToken(of device: String) -> Int {
        tokens.withLockedValue { tokens in
            tokens[device, default: 0] += 1
            return tokens[device] ?? 0
        }
    }

    func forget(_ peer: ScriptedAMQPPeer) {
        _ = peers.withLockedValue { $0.removeValue(forKey: ObjectIdentifier(peer)) }
    }

    /// How many connections there are.
    var connectionCount: Int { peers.withLockedValue { $0.count } }

    private func onEachPeer(_ body: @escaping @Sendable (ScriptedAMQPPeer) -> Void) {
        for peer in peers.withLockedValue({ Array($0.values) }) {
            peer.eventLoop.execute { body(peer.value) }
        }
    }

    /// Cuts every connection without a word.
    func cut() { onEachPeer { $0.cut() } }

    /// Closes every connection with an error.
    func close(_ error: AMQPError) { onEachPeer { $0.close(error) } }

    /// Detaches the receiving twin link of a device.
    func detach(_ device: String, _ error: AMQPError) { onEachPeer { $0.detach(device, error) } }

    /// Ends the session of a device.
    func end(_ device: String, _ error: AMQPError) { onEachPeer { $0.end(device, error) } }

    /// Notifies a device.
    func notify(_ device: String, version: Int64) { onEachPeer { $0.notify(device, version: version) } }

    /// Gives a device credit for more requests.
    func grant(_ credit: Int, to device: String) { onEachPeer { $0.grant(credit, to: device) } }

    /// A client of a device.
    func client(
        _ id: String,
        transport: TransportType = .amqpTcpOnly,
        _ change: (inout ClientOptions) -> Void = { _ in }
    ) throws -> DeviceClient {
        var options = ClientOptions()
        options.tls = tls
        options.amqpPort = port
        options.address = HostAddress(numeric: "127.0.0.1")
        options.operationTimeout = .seconds(30)
        change(&options)
        let credential = options.certificate == nil ? "SharedAccessKey=AAAA" : "x509=true"
        return try DeviceClient.create(
            connectionString: "HostName=localhost;DeviceId=\(id);\(credential)",
            transport: transport,
            options: options
        )
    }
}
