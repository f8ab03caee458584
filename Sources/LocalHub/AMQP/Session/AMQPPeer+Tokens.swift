import AMQPEngine
import IoTHub

/// A reply that waits for its link's credit.
struct AMQPTokenReply {
    let session: AMQPSession
    /// The address that the client gave its end of the link; nil for any link of the session.
    let replyTo: String?
    let bytes: [UInt8]
}

extension AMQPPeer {
    /// Most replies that wait for a client that does not read them.
    private static let maximumReplies = 256

    func receivedToken(_ delivery: AMQPDelivery, at now: AMQPTime) {
        let message: AMQPMessage
        do throws(AMQPError) {
            message = try AMQPMessage(decoding: delivery.bytes)
        } catch {
            return engine.settle(delivery.id, .rejected(error))
        }
        engine.settle(delivery.id, .accepted)
        writeOutcomes()
        var refusal: IoTHubError?
        do throws(IoTHubError) {
            let request = try AMQPPutToken(message)
            try authorizer.check(request.entry, for: request.scope, at: now.wall.secondsSinceEpoch)
            try tokens.put(request.entry, for: request.scope)
            stopWaiting()
        } catch {
            refusal = error
            if error.code.httpStatus == 401 { done.authenticationFailures += 1 }
        }
        guard replies.count < Self.maximumReplies else {
            return engine.detach(
                delivery.link,
                AMQPError(.resourceLimitExceeded, "\(replies.count) replies wait for credit on the link from $cbs")
            )
        }
        replies.append(
            AMQPTokenReply(
                session: delivery.link.session,
                replyTo: message.properties.replyTo,
                bytes: AMQPPutToken.reply(to: message.properties.messageID, refusal).encoded
            )
        )
        sendReplies()
    }

    /// Sends the replies that a link with credit is there for.
    func sendReplies() {
        guard !replies.isEmpty else { return }
        let links = roles.tokenLinks.filter { $0.role == .sender }
        replies.removeAll { reply in
            let own = links.filter { $0.session === reply.session }
            // .NET names its end; where the name is nobody's, as Java's, there is one link.
            let named = own.filter { reply.replyTo != nil && $0.remote?.target?.address == reply.replyTo }
            guard let link = (named.isEmpty ? own : named).first(where: { $0.credit > 0 }) else { return false }
            do throws(AMQPError) {
                try engine.send(reply.bytes, over: link, settled: true)
            } catch {
                engine.detach(link, error)
            }
            return true
        }
    }
}
