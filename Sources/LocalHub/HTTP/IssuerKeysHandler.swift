import IoTHub
import NIOCore
import NIOHTTP1

/// Holds a request back until the keys that its access token needs have been asked for; all others pass.
///
/// Checking a token is quick and done where requests are answered; only getting keys takes time, and that is rare.
final class IssuerKeysHandler: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = HTTPServerRequestPart
    typealias OutboundIn = HTTPServerResponsePart
    typealias OutboundOut = HTTPServerResponsePart

    private let authorizer: EntraAuthorizer
    private let clock: @Sendable () -> HubTimestamp
    /// What has come of the request that waits; nil when none does.
    private var held: [HTTPServerRequestPart]?
    private var wantsMore = false

    init(authorizer: EntraAuthorizer, clock: @escaping @Sendable () -> HubTimestamp) {
        self.authorizer = authorizer
        self.clock = clock
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let part = unwrapInboundIn(data)
        if held != nil {
            held?.append(part)
            return
        }
        let time = clock()
        guard case .head(let head) = part, let header = head.headers.first(name: "authorization"),
            let key = authorizer.keyWorthAskingFor(header, at: time)
        else {
            context.fireChannelRead(data)
            return
        }
        held = [part]
        let eventLoop = context.eventLoop
        let waiting = NIOLoopBound((handler: self, context: context), eventLoop: eventLoop)
        authorizer.refreshKeys(for: key, at: time) {
            // Fails only when the loop is gone, and the connection with it.
            try? await eventLoop.submit { waiting.value.handler.release(waiting.value.context) }.get()
        }
    }

    /// More of the request is not read while it waits, so a long one does not pile up here.
    func read(context: ChannelHandlerContext) {
        if held == nil {
            context.read()
        } else {
            wantsMore = true
        }
    }

    func handlerRemoved(context: ChannelHandlerContext) { held = nil }

    private func release(_ context: ChannelHandlerContext) {
        // With its connection gone there is nobody to answer.
        guard let parts = held.take() else { return }
        for part in parts { context.fireChannelRead(wrapInboundOut(part)) }
        context.fireChannelReadComplete()
        if wantsMore {
            wantsMore = false
            context.read()
        }
    }
}
