import LocalHub
import NIOCore
import NIOPosix
import NIOSSL

/// A TLS client that sends bytes as they are, for what a well-behaved client never sends.
struct RawClient {
    let hub: LocalHub
    /// Where to connect; HTTPS unless set.
    var port: Int?

    /// Sends a text and collects what comes until the hub closes the connection.
    /// - Parameters:
    ///   - text: the requests, as they go over the wire.
    ///   - serverName: the name that the hub's certificate must have.
    ///   - versions: the TLS versions that the client speaks.
    ///   - end: the reading ends early when the answer holds this text.
    ///   - received: called for each part of the answer.
    /// - Returns: what came.
    /// - Throws: when the connection or its TLS fails.
    func exchange(
        _ text: String,
        serverName: String = "localhost",
        versions: ClosedRange<Int> = 2...3,
        readsUntil end: String? = nil,
        received: () async -> Void = {}
    ) async throws -> String {
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.trustRoots = .file(hub.certificateAuthorityFile)
        let known: [TLSVersion] = [.tlsv1, .tlsv11, .tlsv12, .tlsv13]
        configuration.minimumTLSVersion = known[versions.lowerBound]
        configuration.maximumTLSVersion = known[versions.upperBound]
        let context = try NIOSSLContext(configuration: configuration)
        // NIOSSL refuses an address as a server name; it verifies the one connected to then.
        let isAddress = serverName == "127.0.0.1"
        let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .connect(host: "127.0.0.1", port: port ?? hub.httpsPort) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(
                        NIOSSLClientHandler(context: context, serverHostname: isAddress ? nil : serverName)
                    )
                    return try NIOAsyncChannel<ByteBuffer, ByteBuffer>(wrappingChannelSynchronously: channel)
                }
            }
        return try await channel.executeThenClose { inbound, outbound in
            try await outbound.write(ByteBuffer(string: text))
            var answer = ""
            for try await part in inbound {
                answer += String(buffer: part)
                await received()
                if let end, answer.contains(end) { break }
            }
            return answer
        }
    }
}
