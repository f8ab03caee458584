import CProton

/// The rules of AMQP that a frame must keep before Proton sees it. Each check stands for an assertion or a wrong number in
/// Proton (0.37, c/src/core/transport.c) that bytes from outside would reach.
extension AMQPConnection {
    func admit(_ performative: Performative, channel: UInt16) throws(AMQPError) {
        if case .open(let open) = performative {
            guard remote == nil else { throw AMQPError(.illegalState, "a second open came") }
            remote = open
            return
        }
        guard remote != nil else { throw AMQPError(.illegalState, "the first frame is no open") }
        if case .begin(let begin) = performative { return try admit(begin, channel) }
        guard let session = channels[channel] else {
            throw AMQPError(.notAllowed, "there is no session on channel \(channel)")
        }
        switch performative {
        case .attach(let attach): try admit(attach, session)
        case .flow(let flow): try admit(flow, session)
        case .transfer(let transfer): try admit(transfer, session)
        case .detach(let detach): _ = try link(detach.handle, in: session)
        default: break
        }
    }

    private func admit(_ begin: Performative.Begin, _ channel: UInt16) throws(AMQPError) {
        guard channels[channel] == nil else { throw AMQPError(.notAllowed, "channel \(channel) has a session") }
        guard channel <= configuration.channelMax else {
            throw AMQPError(.framingError, "channel \(channel) is above \(configuration.channelMax)")
        }
        // An answer for a session that has one would leave Proton with two entries for it.
        if begin.remoteChannel != nil, unansweredSessions == 0 {
            throw AMQPError(.invalidField, "a begin answers none of this end's")
        }
    }

    private func admit(_ attach: Performative.Attach, _ session: AMQPSession) throws(AMQPError) {
        guard session.handles[attach.handle] == nil else {
            throw AMQPError(.handleInUse, "handle \(attach.handle) has a link")
        }
        guard attach.handle <= UInt16.max, linkCount < configuration.linkLimit else {
            throw AMQPError(
                .resourceLimitExceeded,
                "handle \(attach.handle) with \(linkCount) links on the connection; \(configuration.linkLimit) are permitted"
            )
        }
    }

    private func admit(_ flow: Performative.Flow, _ session: AMQPSession) throws(AMQPError) {
        guard let handle = flow.handle else { return }
        let link = try link(handle, in: session)
        guard link.role == .receiver else { return }
        // A sender may skip deliveries, and lose credit with it; it must not be able to make credit.
        guard let count = flow.deliveryCount, count &- link.deliveryCount <= UInt32(clamping: link.credit) else {
            throw AMQPError(.invalidField, "a sender's flow has no delivery-count, or one beyond its credit")
        }
        link.deliveryCount = count
    }

    private func admit(_ transfer: Performative.Transfer, _ session: AMQPSession) throws(AMQPError) {
        let link = try link(transfer.handle, in: session)
        guard link.role == .receiver else {
            throw AMQPError(.notAllowed, "a transfer came over link \(link.name), on which this end sends")
        }
        guard !transfer.resume else { throw AMQPError(.notImplemented, "deliveries are not resumed here") }
        if let partial = link.partial {
            guard transfer.deliveryID.map({ $0 == partial.deliveryID }) ?? true else {
                throw AMQPError(.invalidField, "a delivery starts before the one before it on link \(link.name) ended")
            }
            return
        }
        guard let id = transfer.deliveryID, let tag = transfer.tag else {
            throw AMQPError(.invalidField, "the first transfer of a delivery has no delivery-id or no delivery-tag")
        }
        guard id == session.nextDeliveryID ?? id else {
            throw AMQPError(.windowViolation, "delivery \(id) came, \(session.nextDeliveryID ?? id) was due")
        }
        guard link.credit > 0 else {
            throw AMQPError(.transferLimitExceeded, "a message came over link \(link.name) without credit")
        }
        session.nextDeliveryID = id &+ 1
        link.deliveryCount &+= 1
        link.partial = PartialDelivery(deliveryID: id, tag: tag, messageFormat: transfer.messageFormat)
    }

    private func link(_ handle: UInt32, in session: AMQPSession) throws(AMQPError) -> AMQPLink {
        guard let link = session.handles[handle] else {
            throw AMQPError(.unattachedHandle, "there is no link with handle \(handle)")
        }
        return link
    }
}
