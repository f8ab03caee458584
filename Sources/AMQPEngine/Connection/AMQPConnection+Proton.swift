import CProton

/// What Proton made of the frame that it was given.
extension AMQPConnection {
    func handleProtonEvents() {
        while let event = proton.nextEvent() {
            switch pn_event_type(event) {
            case PN_CONNECTION_REMOTE_OPEN: if let remote { emit(.opened(remote)) }
            case PN_SESSION_REMOTE_OPEN: sessionOpened(pn_event_session(event))
            case PN_SESSION_REMOTE_CLOSE: sessionClosed(pn_event_session(event))
            case PN_LINK_REMOTE_OPEN: linkOpened(pn_event_link(event))
            case PN_LINK_REMOTE_CLOSE, PN_LINK_REMOTE_DETACH: linkClosed(pn_event_link(event))
            case PN_LINK_FLOW: linkFlowed(pn_event_link(event))
            case PN_DELIVERY: deliveryChanged(pn_event_delivery(event))
            case PN_TRANSPORT_ERROR: transportFailed()
            default: break
            }
        }
    }

    private func sessionOpened(_ pointer: OpaquePointer?) {
        guard let pointer, let channel = current?.channel else { return }
        let session = sessions[pointer] ?? AMQPSession(pointer, isRemote: true)
        guard session.channel == nil else { return fail(AMQPError(.invalidField, "a begin answers an answered one")) }
        if session.isRemote { session.isOpen = false } else { unansweredSessions -= 1 }
        sessions[pointer] = session
        session.channel = channel
        channels[channel] = session
        emit(.sessionBegun(session))
    }

    private func sessionClosed(_ pointer: OpaquePointer?) {
        guard let pointer, let session = sessions[pointer], case .end(let error) = current?.performative else { return }
        pn_session_close(pointer)
        pn_session_free(pointer)
        forget(session, pointer)
        emit(.sessionEnded(session, error))
    }

    private func forget(_ session: AMQPSession, _ pointer: OpaquePointer) {
        sessions[pointer] = nil
        if let channel = session.channel { channels[channel] = nil }
        linkCount -= session.linksByPointer.count
        session.invalidate()
    }

    private func linkOpened(_ pointer: OpaquePointer?) {
        guard let pointer, case .attach(let attach) = current?.performative,
            let session = sessions[pn_link_session(pointer)]
        else { return }
        let known = session.linksByPointer[pointer]
        let link =
            known
            ?? AMQPLink(
                pointer,
                name: attach.link.name,
                role: attach.link.isSender ? .receiver : .sender,
                session: session,
                isRemote: true
            )
        if known == nil {
            session.linksByPointer[pointer] = link
            linkCount += 1
        }
        link.remote = attach.link
        link.handle = attach.handle
        link.deliveryCount = attach.initialDeliveryCount ?? 0
        session.handles[attach.handle] = link
        emit(.linkAttached(link))
    }

    private func linkClosed(_ pointer: OpaquePointer?) {
        guard let pointer, case .detach(let detach) = current?.performative,
            let session = sessions[pn_link_session(pointer)], let link = session.linksByPointer[pointer]
        else { return }
        // A link that was never answered must be attached before it can be detached.
        if pn_link_state(pointer) & PN_LOCAL_UNINIT != 0 { pn_link_open(pointer) }
        if detach.isClosed { pn_link_close(pointer) } else { pn_link_detach(pointer) }
        pn_link_free(pointer)
        session.linksByPointer[pointer] = nil
        if let handle = link.handle { session.handles[handle] = nil }
        linkCount -= 1
        link.invalidate()
        emit(.linkDetached(link, detach.error ?? link.ownError))
    }

    private func linkFlowed(_ pointer: OpaquePointer?) {
        // Proton says the same of its own transfers, which is no news.
        guard let pointer, case .flow = current?.performative, let link = link(of: pointer), link.role == .sender else {
            return
        }
        emit(.flow(link))
    }

    func link(of pointer: OpaquePointer) -> AMQPLink? {
        sessions[pn_link_session(pointer)]?.linksByPointer[pointer]
    }

    /// Proton has written its close already.
    private func transportFailed() {
        guard stage != .finished else { return }
        proton.drain(into: &output)
        let error = proton.error
        finish()
        emit(.failed(error))
    }
}
