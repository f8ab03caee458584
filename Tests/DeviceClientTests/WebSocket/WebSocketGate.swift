import Crypto
import DeviceClient
import Foundation
import NIOConcurrencyHelpers
import NIOCore
import NIOPosix
import NIOSSL
import NIOWebSocket

@testable import LocalHub

/// An HTTPS port that opens WebSockets as it is told, and passes their bytes on to a TCP port of a hub.
///
/// It is for what a good hub does not do; its frames are read and made by SwiftNIO.
struct WebSocketGate: Sendable {
    /// How it behaves.
    struct Script: Sendable {
        /// The hub's port, for bytes inside TLS.
        var hubPort = 0
        /// The status line that answers a request for a WebSocket; nil to open it.
        var refusal: String?
        /// Whether the hub's bytes come one by one, as messages in parts, with pings between.
        var isFragmenting = false
        /// What is sent for the first message, and that the WebSocket ends with this code; the hub hears of nothing.
        var last: (bytes: [UInt8], code: WebSocketErrorCode)?
    }

    let tls: DeviceTLS
    private let server: LoopbackServer
    private let state: GateState

    static func with<Result: Sendable>(
        _ script: Script,
        _ body: (WebSocketGate) async throws -> Result
    ) async throws -> Result {
        let folder = try HubFolder.open(nil, names: ["localhost"], at: Date(), logger: LocalHub.Configuration().logger)
        defer { folder.close() }
        let state = GateState(script)
        let serverTLS = folder.tls
        let server = try await LoopbackServer { channel in
            channel.closeFuture.whenComplete { _ in state.seen.put("gone") }
            try channel.pipeline.syncOperations.addHandlers(serverTLS.makeHandler(), GateHead(state))
        }
        let tls = try DeviceTLS(trustedCAFile: folder.authorityFile)
        let gate = WebSocketGate(tls: tls, server: server, state: state)
        return try await server.whileRunning { try await body(gate) }
    }

    var port: Int { server.port }

    /// What it saw: "GET … mqtt", "ping" for each of MQTT's, "pong", "close 1000", "gone", "unmasked".
    var seen: Events<String> { state.seen }

    /// What it does from now on.
    func change(_ change: (inout Script) -> Void) { state.script.withLockedValue { change(&$0) } }

    /// Whether it reads what clients send.
    func setReads(_ reads: Bool) async throws {
        for channel in server.channels { try await channel.setOption(.autoRead, value: reads).get() }
    }

    /// Ends every WebSocket with a code and a reason.
    func close(_ code: WebSocketErrorCode, _ reason: String) {
        for channel in server.channels { channel.writeAndFlush(WebSocketFrame.close(code, reason), promise: nil) }
    }
}

/// What the connections of a gate share.
private final class GateState: Sendable {
    let script: NIOLockedValueBox<WebSocketGate.Script>
    let seen = Events<String>()

    init(_ script: WebSocketGate.Script) { self.script = NIOLockedValueBox(script) }

    var current: WebSocketGate.Script { script.withLockedValue { $0 } }
}

extension WebSocketFrame {
    fileprivate static func close(_ code: WebSocketErrorCode, _ reason: String = "") -> WebSocketFrame {
        var data = ByteBuffer()
        data.write(webSocketErrorCode: code)
        data.writeString(reason)
        return WebSocketFrame(fin: true, opcode: .connectionClose, data: data)
    }
}

/// Reads the request for a WebSocket and answers it.
private final class GateHead: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let gate: GateState
    private var head = ""

    init(_ gate: GateState) { self.gate = gate }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        head += String(buffer: unwrapInboundIn(data))
        guard head.hasSuffix("\r\n\r\n") else { return }
        func field(_ name: String) -> String {
            head.split(separator: "\r\n").first { $0.hasPrefix("\(name): ") }.map {
                String($0.dropFirst(name.count + 2))
            } ?? ""
        }
        let path = head.split(separator: " ").dropFirst().first ?? ""
        gate.seen.put("GET \(path) \(field("Sec-WebSocket-Protocol"))")
        if let refusal = gate.current.refusal {
            let answer = "HTTP/1.1 \(refusal)\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
            context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: answer)), promise: nil)
            return context.close(promise: nil)
        }
        let key = field("Sec-WebSocket-Key") + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
        let accept = Data(Insecure.SHA1.hash(data: Data(key.utf8))).base64EncodedString()
        let answer = """
            HTTP/1.1 101 Switching Protocols\r
            Upgrade: websocket\r
            Connection: Upgrade\r
            Sec-WebSocket-Accept: \(accept)\r
            Sec-WebSocket-Protocol: \(field("Sec-WebSocket-Protocol"))\r
            \r\n
            """
        context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: answer)), promise: nil)
        do {
            let pipeline = context.pipeline.syncOperations
            let decoder = ByteToMessageHandler(WebSocketFrameDecoder())
            try pipeline.addHandlers(decoder, WebSocketFrameEncoder(), GatePeer(gate), position: .after(self))
        } catch {
            context.close(promise: nil)
        }
        context.pipeline.syncOperations.removeHandler(self, promise: nil)
    }
}

/// Passes the bytes of a WebSocket on.
private final class GatePeer: ChannelInboundHandler {
    typealias InboundIn = WebSocketFrame
    typealias OutboundOut = WebSocketFrame

    private let gate: GateState
    private var hub: (any Channel)?
    private var unsent = ByteBuffer()

    init(_ gate: GateState) { self.gate = gate }

    func handlerAdded(context: ChannelHandlerContext) {
        let front = context.channel
        let this = NIOLoopBound(self, eventLoop: context.eventLoop)
        let isFragmenting = gate.current.isFragmenting
        ClientBootstrap(group: context.eventLoop)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    var configuration = TLSConfiguration.makeClientConfiguration()
                    configuration.certificateVerification = .none
                    let tls = try NIOSSLClientHandler(
                        context: NIOSSLContext(configuration: configuration),
                        serverHostname: nil
                    )
                    try channel.pipeline.syncOperations.addHandlers(tls, GateBack(front, isFragmenting: isFragmenting))
                }
            }
            .connect(host: "127.0.0.1", port: gate.current.hubPort)
            .whenComplete { result in
                switch result {
                case .failure: front.close(promise: nil)
                case .success(let hub):
                    this.value.hub = hub
                    hub.writeAndFlush(this.value.unsent, promise: nil)
                    hub.closeFuture.whenComplete { _ in front.close(promise: nil) }
                }
            }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let frame = unwrapInboundIn(data)
        if frame.maskKey == nil { gate.seen.put("unmasked") }
        var bytes = frame.unmaskedData
        switch frame.opcode {
        case .pong: gate.seen.put("pong")
        case .connectionClose: gate.seen.put("close \(bytes.readInteger(as: UInt16.self) ?? 0)")
        case .binary:
            if let (last, code) = gate.current.last {
                let frame = WebSocketFrame(fin: true, opcode: .binary, data: ByteBuffer(bytes: last))
                context.write(wrapOutboundOut(frame), promise: nil)
                return context.writeAndFlush(wrapOutboundOut(.close(code)), promise: nil)
            }
            if bytes.readableBytesView.elementsEqual([0xC0, 0]) { gate.seen.put("ping") }
            if let hub { hub.writeAndFlush(bytes, promise: nil) } else { unsent.writeBuffer(&bytes) }
        default: gate.seen.put("frame \(frame.opcode)")
        }
    }

    func channelInactive(context: ChannelHandlerContext) { hub?.close(promise: nil) }
}

/// Passes the bytes of the hub back.
private final class GateBack: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let front: any Channel
    private let isFragmenting: Bool

    init(_ front: any Channel, isFragmenting: Bool) {
        self.front = front
        self.isFragmenting = isFragmenting
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let bytes = unwrapInboundIn(data)
        guard isFragmenting else {
            return front.writeAndFlush(WebSocketFrame(fin: true, opcode: .binary, data: bytes), promise: nil)
        }
        let view = bytes.readableBytesView
        for (index, byte) in view.enumerated() {
            let isLast = index + 1 == view.count
            let opcode: WebSocketOpcode = index == 0 ? .binary : .continuation
            front.write(WebSocketFrame(fin: isLast, opcode: opcode, data: ByteBuffer(bytes: [byte])), promise: nil)
            if index % 50 == 0 {
                front.write(WebSocketFrame(fin: true, opcode: .ping, data: ByteBuffer(bytes: [byte])), promise: nil)
            }
        }
        front.flush()
    }
}
