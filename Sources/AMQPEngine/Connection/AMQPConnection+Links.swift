import CProton

extension AMQPConnection {
    /// Attaches a link; `AMQPEvent.linkAttached` comes with the peer's answer.
    ///
    /// - Throws: `amqp:illegal-state` when session or connection are at their end; `amqp:resource-limit-exceeded` at the
    ///   limit of links; `amqp:invalid-field` for a name or an address with a zero in it.
    public func attach(
        _ role: AMQPLink.Role,
        _ name: String,
        in session: AMQPSession,
        source: AMQPTerminus,
        target: AMQPTerminus,
        _ options: AMQPLinkOptions = AMQPLinkOptions()
    ) throws(AMQPError) -> AMQPLink {
        guard canAct, session.isOpen, let parent = session.pointer else { throw .over }
        guard linkCount < configuration.linkLimit else {
            throw AMQPError(.resourceLimitExceeded, "there are \(linkCount) links on the connection")
        }
        guard !name.isEmpty, ![name, source.address, target.address].contains(where: { $0?.utf8.contains(0) == true })
        else { throw AMQPError(.invalidField, "a link's name is empty, or name or address hold a zero") }
        guard let pointer = role == .sender ? pn_sender(parent, name) : pn_receiver(parent, name) else { throw .over }
        let link = AMQPLink(pointer, name: name, role: role, session: session, isRemote: false)
        session.linksByPointer[pointer] = link
        linkCount += 1
        set(source, pn_link_source(pointer), PN_SOURCE)
        set(target, pn_link_target(pointer), PN_TARGET)
        open(link, pointer, options)
        return link
    }

    /// Answers a link that the peer attached, with the termini that it asked for.
    ///
    /// - Parameters:
    ///   - link: The link.
    ///   - options: This end's settings.
    ///   - address: The address that was made up for a dynamic terminus.
    public func accept(_ link: AMQPLink, _ options: AMQPLinkOptions = AMQPLinkOptions(), address: String? = nil) {
        guard canAct, link.isRemote, !link.isOpen, let remote = link.remote, let pointer = link.pointer,
            pn_link_state(pointer) & PN_LOCAL_UNINIT != 0
        else { return }
        echo(remote.source, address, pn_link_source(pointer), PN_SOURCE)
        echo(remote.target, address, pn_link_target(pointer), PN_TARGET)
        open(link, pointer, options)
    }

    /// Refuses a link that the peer attached: with an answer without terminus and a detach, as IoT Hub does.
    public func refuse(_ link: AMQPLink, _ error: AMQPError) {
        guard canAct, link.isRemote, !link.isOpen, let pointer = link.pointer,
            pn_link_state(pointer) & PN_LOCAL_UNINIT != 0
        else { return }
        pn_terminus_set_type(pn_link_source(pointer), PN_UNSPECIFIED)
        pn_terminus_set_type(pn_link_target(pointer), PN_UNSPECIFIED)
        pn_link_open(pointer)
        put(error, into: pn_link_condition(pointer))
        pn_link_close(pointer)
    }

    /// Detaches a link for good; `AMQPEvent.linkDetached` comes with the peer's answer.
    public func detach(_ link: AMQPLink, _ error: AMQPError? = nil) {
        guard canAct, link.isOpen, let pointer = link.pointer else { return }
        link.isOpen = false
        put(error, into: pn_link_condition(pointer))
        pn_link_close(pointer)
    }

    /// Gives a receiver more credit, for owners that do it themselves.
    public func grant(_ credit: Int, to link: AMQPLink) {
        guard canAct, link.isOpen, link.role == .receiver, credit > 0, let pointer = link.pointer else { return }
        pn_link_flow(pointer, Int32(clamping: min(credit, 1_000_000)))
    }

    /// A sender has nothing more for a receiver that drains: the credit is given back.
    public func drained(_ link: AMQPLink) {
        guard canAct, link.isOpen, link.role == .sender, let pointer = link.pointer else { return }
        pn_link_drained(pointer)
    }

    private func open(_ link: AMQPLink, _ pointer: OpaquePointer, _ options: AMQPLinkOptions) {
        pn_link_set_snd_settle_mode(pointer, pn_snd_settle_mode_t(UInt32(options.senderSettleMode.rawValue)))
        pn_link_set_rcv_settle_mode(pointer, pn_rcv_settle_mode_t(UInt32(options.receiverSettleMode.rawValue)))
        pn_link_set_max_message_size(pointer, UInt64(clamping: options.maxMessageSize))
        if !options.properties.isEmpty { put(.map(options.properties), into: pn_link_properties(pointer)) }
        link.maxMessageSize = options.maxMessageSize
        link.creditWindow = min(options.creditWindow, 1_000_000)
        link.isOpen = true
        pn_link_open(pointer)
        topUp(link)
    }

    private func set(_ terminus: AMQPTerminus, _ pointer: OpaquePointer?, _ type: pn_terminus_type_t) {
        pn_terminus_set_type(pointer, type)
        pn_terminus_set_address(pointer, terminus.address)
        pn_terminus_set_dynamic(pointer, terminus.isDynamic)
    }

    private func echo(_ terminus: AMQPTerminus?, _ made: String?, _ pointer: OpaquePointer?, _ type: pn_terminus_type_t)
    {
        guard var terminus else {
            pn_terminus_set_type(pointer, PN_UNSPECIFIED)
            return
        }
        if terminus.isDynamic, let made { terminus.address = made }
        set(terminus, pointer, type)
    }
}
