import NIOCore
import NIOPosix

/// A peer that sends bytes without TLS.
enum PlainClient {
    /// Connects to 127.0.0.1 and sends.
    /// - Returns: when the connection is closed.
    static func open(port: Int, sending bytes: [UInt8]) async throws -> EventLoopFuture<Void> {
        let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .connect(host: "127.0.0.1", port: port)
            .get()
        try await channel.writeAndFlush(ByteBuffer(bytes: bytes)).get()
        return channel.closeFuture
    }
}
