import AMQPEngine
import Foundation
import NIOCore

/// One connection of a `ScriptedAMQPHub`.
final class ScriptedAMQPPeer: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    /// The twin links of one device.
    private final class Device {
        let id: String
        /// On which the device sends.
        var requests: AMQPLink?
        /// On which it gets answers and notifications.
        var answers: AMQPLink?
        var version: Int64 = 1

        init(_ id: String) { self.id = id }
    }

    private let hub: ScriptedAMQPHub
    private let engine: AMQPConnection
    private var context: ChannelHandlerContext?
    private var cbs: AMQPLink?
    private var devices: [Device] = []

    init(_ hub: ScriptedAMQPHub) {
        self.hub = hub
        var configuration = AMQPConfiguration(containerID: "scripted")
        configuration.idleTimeout = hub.current.idleTimeout
        engine = AMQPConnection(.server(mechanisms: ["ANONYMOUS"]), configuration)
    }

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }

    func channelActive(context: ChannelHandlerContext) {
        context.fireChannelActive()
        guard hub.current.hangsUp else { return }
        hub.seen.put("hang-up")
        context.close(promise: nil)
    }

    func channelInactive(context: ChannelHandlerContext) {
        self.context = nil
        hub.forget(self)
        hub.seen.put("gone")
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        engine.receive(Array(Self.unwrapInboundIn(data).readableBytesView))
        work()
    }

    private func work() {
        while let event = engine.nextEvent() { handle(event) }
        flush()
        while let event = engine.nextEvent() { handle(event) }
        flush()
        if engine.isFinished { context?.close(promise: nil) }
    }

    private func flush() {
        let output = engine.takeOutput()
        guard let context, !output.isEmpty else { return }
        context.writeAndFlush(Self.wrapOutboundOut(context.channel.allocator.buffer(bytes: output)), promise: nil)
    }

    // MARK: Misbehaving

    func cut() { context?.close(promise: nil) }

    func close(_ error: AMQPError) {
        engine.close(error)
        work()
    }

    func detach(_ id: String, _ error: AMQPError) {
        for device in devices where device.id == id {
            if let link = device.answers { engine.detach(link, error) }
        }
        work()
    }

    func end(_ id: String, _ error: AMQPError) {
        for device in devices where device.id == id {
            if let link = device.answers { engine.end(link.session, error) }
        }
        work()
    }

    func notify(_ id: String, version: Int64) {
        for device in devices where device.id == id {
            guard let link = device.answers, link.isOpen else { continue }
            var message = AMQPMessage(body: .data([Array("{\"n\":\(version),\"$version\":\(version)}".utf8)]))
            message.annotations = [
                .symbol("resource"): .string("/properties/desired"), .symbol("version"): .long(version),
            ]
            _ = try? engine.send(message.encoded, over: link, settled: true)
        }
        work()
    }

    func grant(_ credit: Int, to id: String) {
        for device in devices where device.id == id {
            if let link = device.requests { engine.grant(credit, to: link) }
        }
        work()
    }

    private func tick() {
        guard context != nil else { return }
        let now = Int64(DispatchTime.now().uptimeNanoseconds / 1_000_000)
        if let next = engine.tick(now) {
            context?.eventLoop.assumeIsolated().scheduleTask(in: .milliseconds(max(1, next - now))) { self.tick() }
        }
        work()
    }

    // MARK: Events

    private func handle(_ event: AMQPEvent) {
        switch event {
        case .opened:
            hub.seen.put("connect")
            engine.open()
            if !hub.current.isSilent { tick() }
        case .saslInit: engine.answerSASL(.ok)
        case .sessionBegun(let session): engine.accept(session)
        case .sessionEnded(let session, _):
            for device in devices where device.answers?.session === session { hub.seen.put("end \(device.id)") }
            devices.removeAll { $0.answers?.session === session }
        case .linkAttached(let link): attached(link)
        case .linkDetached(let link, _): devices.removeAll { $0.answers === link || $0.requests === link }
        case .delivery(let delivery): received(delivery)
        case .flow, .settled, .closed, .failed, .saslOutcome: break
        }
    }

    private func attached(_ link: AMQPLink) {
        var options = AMQPLinkOptions()
        let address = (link.role == .sender ? link.remote?.source : link.remote?.target)?.address ?? ""
        if address == "$cbs" {
            if link.role == .sender { cbs = link } else { options.creditWindow = 10 }
            return engine.accept(link, options)
        }
        let id = address.split(separator: "/").dropLast().last.map(String.init) ?? ""
        if let error = hub.current.refusal(id) { return engine.refuse(link, error) }
        let known = device(of: link.session)
        let device = known ?? Device(id)
        if known == nil { devices.append(device) }
        if link.role == .sender {
            device.answers = link
        } else {
            device.requests = link
            options.creditWindow = 0
            options.maxMessageSize = hub.current.maxMessageSize
        }
        engine.accept(link, options)
        if link.role == .receiver {
            engine.grant(hub.current.credit, to: link)
            hub.seen.put("attach \(id)")
        }
    }

    private func device(of session: AMQPSession) -> Device? {
        devices.first { $0.answers?.session === session || $0.requests?.session === session }
    }

    private func received(_ delivery: AMQPDelivery) {
        if !delivery.isSettled { engine.settle(delivery.id, .accepted) }
        guard let message = try? AMQPMessage(decoding: delivery.bytes) else { return }
        if let device = device(of: delivery.link.session) {
            answer(message, device)
        } else if let cbs {
            let name = message.applicationProperties[string: "name"]?.text ?? ""
            let id = name.split(separator: "/").last.map(String.init) ?? ""
            let count = hub.countToken(of: id)
            hub.seen.put("token \(id) \(count)")
            var reply = AMQPMessage(body: .value(.null))
            reply.properties.correlationID = message.properties.messageID
            reply.applicationProperties = [
                .string("status-code"): .int(Int32(hub.current.tokenStatus(id, count))),
                .string("status-description"): .string("as the script says"),
            ]
            _ = try? engine.send(reply.encoded, over: cbs)
        }
    }

    private func answer(_ message: AMQPMessage, _ device: Device) {
        let operation = message.annotations[symbol: "operation"]?.text ?? ""
        var reply = AMQPMessage()
        reply.properties.correlationID = message.properties.correlationID
        reply.annotations = [.symbol("status"): .int(200)]
        var line = "\(operation) \(device.id)"
        switch operation {
        case "GET":
            if !hub.current.answersReading { return hub.seen.put(line) }
            reply.body = .data([Array(#"{"desired":{"$version":1},"reported":{"$version":1}}"#.utf8)])
        case "PATCH":
            device.version += 1
            reply.annotations = [
                .symbol("status"): .int(hub.current.patchStatus), .symbol("version"): .long(device.version),
            ]
            if case .data(let parts) = message.body {
                line += " " + String(decoding: Array(parts.joined()), as: UTF8.self)
            }
        default: break
        }
        hub.seen.put(line)
        guard let link = device.answers else { return }
        _ = try? engine.send(reply.encoded, over: link, settled: true)
    }
}
