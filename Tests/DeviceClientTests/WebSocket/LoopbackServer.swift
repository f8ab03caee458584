import NIOConcurrencyHelpers
import NIOCore
import NIOPosix

/// A listener on 127.0.0.1 whose connections a test sets up, and can cut.
final class LoopbackServer: Sendable {
    let port: Int
    private let listener: any Channel
    private let peers: NIOLockedValueBox<[ObjectIdentifier: any Channel]>

    init(_ setUp: @escaping @Sendable (any Channel) throws -> Void) async throws {
        let peers = NIOLockedValueBox<[ObjectIdentifier: any Channel]>([:])
        self.peers = peers
        listener = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    peers.withLockedValue { $0[ObjectIdentifier(channel)] = channel }
                    channel.closeFuture.whenComplete { _ in
                        peers.withLockedValue { $0[ObjectIdentifier(channel)] = nil }
                    }
                    try setUp(channel)
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        port = listener.localAddress?.port ?? 0
    }

    /// Its connections.
    var channels: [any Channel] { peers.withLockedValue { Array($0.values) } }

    /// Cuts every connection without a word.
    func cut() { for channel in channels { channel.close(promise: nil) } }

    /// Runs a body, and ends with it.
    func whileRunning<Result: Sendable>(_ body: () async throws -> Result) async throws -> Result {
        do {
            let result = try await body()
            await stop()
            return result
        } catch {
            await stop()
            throw error
        }
    }

    private func stop() async {
        try? await listener.close()
        cut()
    }
}
