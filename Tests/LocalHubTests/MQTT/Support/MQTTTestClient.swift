import IoTHub
import NIOCore
import NIOSSL

@testable import LocalHub

/// A device that sends what it is told, right or wrong, over TLS.
struct MQTTTestClient {
    let channel: any Channel
    private var packets: AsyncStream<MQTTServerPacket>.AsyncIterator

    /// Connects to a server on 127.0.0.1.
    static func open(port: Int, tls: NIOSSLContext, webSocket: WebSocketTestRoute? = nil) async throws -> MQTTTestClient
    {
        let (stream, continuation) = AsyncStream.makeStream(of: MQTTServerPacket.self)
        let channel = try await TestChannel.connect(port: port, tls: tls, webSocket: webSocket) {
            PacketHandler(continuation: continuation)
        }
        return MQTTTestClient(channel: channel, packets: stream.makeAsyncIterator())
    }

    /// The next packet from the hub; nil when the connection is closed.
    mutating func next() async -> MQTTServerPacket? { await packets.next() }

    /// The next packet, which must be a message.
    mutating func nextMessage() async throws -> MQTTDelivery {
        let packet = await next()
        guard case .publish(let delivery) = packet else { throw Unexpected(packet: packet) }
        return delivery
    }

    struct Unexpected: Error { var packet: MQTTServerPacket? }

    func send(_ packet: MQTTClientPacket) async throws { try await send(packet.bytes) }

    func send(_ bytes: [UInt8]) async throws { try await channel.writeAndFlush(ByteBuffer(bytes: bytes)).get() }

    func publish(_ topic: String, _ payload: String = "", packetID: UInt16 = 0) async throws {
        try await send(MQTTClientPacketTests.publish(topic, payload, packetID: packetID))
    }

    /// Subscribes, and waits for the answer.
    mutating func subscribe(_ filter: String, _ quality: MQTTQualityOfService = .atMostOnce) async throws {
        try await send(.subscribe(packetID: 1, [MQTTSubscription(filter: filter, quality: quality)]))
        let packet = await next()
        guard packet == .subscribeAcknowledgement(packetID: 1, [quality.rawValue]) else {
            throw Unexpected(packet: packet)
        }
    }

    /// Closes the socket without a word of MQTT.
    func close() async throws { try await channel.close().get() }

    private final class PacketHandler: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer

        private var decoder = MQTTFrameDecoder()
        private let continuation: AsyncStream<MQTTServerPacket>.Continuation

        init(continuation: AsyncStream<MQTTServerPacket>.Continuation) { self.continuation = continuation }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            decoder.append(unwrapInboundIn(data))
            do {
                while let frame = try decoder.next() { continuation.yield(try MQTTServerPacket(frame)) }
                decoder.compact()
            } catch {
                context.fireErrorCaught(error)
                context.close(promise: nil)
            }
        }

        func channelInactive(context: ChannelHandlerContext) { continuation.finish() }

        // The stream ends; a cut connection is what many tests are about.
        func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
    }
}
