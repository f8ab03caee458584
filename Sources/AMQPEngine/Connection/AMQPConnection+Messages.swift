import CProton

extension AMQPConnection {
    /// Sends a message.
    ///
    /// - Parameters:
    ///   - bytes: The message, as `AMQPMessage.encoded` gives it.
    ///   - link: A sender with credit.
    ///   - tag: The delivery's tag, 32 bytes at most; one is made up when it is nil.
    ///   - settled: Whether nobody wants to know what became of it.
    /// - Returns: What `AMQPEvent.settled` will name, unless it is settled already.
    /// - Throws: `amqp:illegal-state` when the link is not attached on both ends; `amqp:link:transfer-limit-exceeded`
    ///   without credit; `amqp:link:message-size-exceeded` beyond the peer's limit; `amqp:invalid-field` for a bad tag.
    @discardableResult
    public func send(
        _ bytes: [UInt8],
        over link: AMQPLink,
        tag: [UInt8]? = nil,
        settled: Bool = false
    ) throws(AMQPError) -> AMQPDeliveryID {
        guard canAct, link.isOpen, link.session.isOpen, link.role == .sender, let remote = link.remote,
            let pointer = link.pointer
        else { throw .over }
        guard link.credit > 0 else { throw AMQPError(.transferLimitExceeded, "link \(link.name) has no credit") }
        if let limit = remote.maxMessageSize, bytes.count > limit {
            throw AMQPError(.messageSizeExceeded, "the message has \(bytes.count) bytes, the peer takes \(limit)")
        }
        lastDeliveryNumber += 1
        let id = AMQPDeliveryID(link: link, number: lastDeliveryNumber)
        let tag = tag ?? withUnsafeBytes(of: UInt32(truncatingIfNeeded: id.number).bigEndian) { Array($0) }
        guard (1...32).contains(tag.count) else {
            throw AMQPError(.invalidField, "a delivery-tag has \(tag.count) bytes, 1 to 32 are permitted")
        }
        let delivery = tag.withUnsafeBytes { tag in
            pn_delivery(pointer, pn_dtag(tag.baseAddress?.assumingMemoryBound(to: CChar.self), tag.count))
        }
        guard let delivery else { throw AMQPError(.internalError, "Proton made no delivery") }
        bytes.withUnsafeBytes { bytes in
            _ = pn_link_send(pointer, bytes.baseAddress?.assumingMemoryBound(to: CChar.self), bytes.count)
        }
        pn_link_advance(pointer)
        if settled { pn_delivery_settle(delivery) } else { remember(delivery, id) }
        return id
    }

    /// Says what becomes of a message that came, and settles it.
    ///
    /// Nothing happens when it is settled already.
    public func settle(_ id: AMQPDeliveryID, _ outcome: AMQPOutcome) {
        guard canAct, let delivery = id.link.unsettled.removeValue(forKey: id.number) else { return }
        put(outcome, delivery)
        pn_delivery_settle(delivery)
        topUp(id.link)
    }

    /// Says what becomes of a message that came, and leaves the settling to the sender: for receivers that settle second.
    public func update(_ id: AMQPDeliveryID, _ outcome: AMQPOutcome) {
        guard canAct, let delivery = id.link.unsettled[id.number] else { return }
        put(outcome, delivery)
    }

    private func put(_ outcome: AMQPOutcome, _ delivery: OpaquePointer) {
        let local = pn_delivery_local(delivery)
        switch outcome {
        case .accepted: pn_delivery_update(delivery, UInt64(PN_ACCEPTED))
        case .rejected(let error):
            AMQPEngine.put(error, into: pn_disposition_condition(local))
            pn_delivery_update(delivery, UInt64(PN_REJECTED))
        case .released: pn_delivery_update(delivery, UInt64(PN_RELEASED))
        case .modified(let failed, let undeliverable, let annotations):
            pn_disposition_set_failed(local, failed)
            pn_disposition_set_undeliverable(local, undeliverable)
            if !annotations.isEmpty {
                AMQPEngine.put(.map(annotations), into: pn_disposition_annotations(local))
            }
            pn_delivery_update(delivery, UInt64(PN_MODIFIED))
        }
    }
}
