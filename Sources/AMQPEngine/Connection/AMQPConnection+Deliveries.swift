import CProton

extension AMQPConnection {
    func deliveryChanged(_ delivery: OpaquePointer?) {
        guard let delivery, let pointer = pn_delivery_link(delivery), let link = link(of: pointer) else { return }
        switch current?.performative {
        case .transfer(let transfer): transferred(transfer, delivery, link, pointer)
        case .disposition(let disposition): disposed(disposition, delivery, link)
        default: break
        }
    }

    private func transferred(
        _ transfer: Performative.Transfer,
        _ delivery: OpaquePointer,
        _ link: AMQPLink,
        _ pointer: OpaquePointer
    ) {
        guard var partial = link.partial else { return }
        // Kept in one place only, or each frame would copy all frames before it.
        link.partial = nil
        if transfer.isAborted {
            if pn_delivery_current(delivery) { pn_link_advance(pointer) }
            pn_delivery_settle(delivery)
            return topUp(link)
        }
        let count = pn_delivery_pending(delivery)
        if link.isOpen, !partial.isDropped, partial.bytes.count + count <= link.maxMessageSize {
            take(count, from: pointer, into: &partial.bytes)
        } else {
            var dropped: [UInt8] = []
            take(count, from: pointer, into: &dropped)
            partial.bytes = []
            if link.isOpen, !partial.isDropped {
                let error = AMQPError(
                    .messageSizeExceeded,
                    "a message is larger than \(link.maxMessageSize) bytes"
                )
                link.ownError = error
                detach(link, error)
            }
            partial.isDropped = true
        }
        if transfer.hasMore {
            link.partial = partial
        } else {
            complete(partial, isSettled: pn_delivery_settled(delivery), delivery, link, pointer)
        }
    }

    private func take(_ count: Int, from pointer: OpaquePointer, into bytes: inout [UInt8]) {
        guard count > 0 else { return }
        withUnsafeTemporaryAllocation(byteCount: count, alignment: 1) { buffer in
            let start = buffer.baseAddress?.assumingMemoryBound(to: CChar.self)
            let taken = pn_link_recv(pointer, start, count)
            bytes.append(contentsOf: UnsafeRawBufferPointer(buffer)[..<max(taken, 0)])
        }
    }

    private func complete(
        _ partial: PartialDelivery,
        isSettled: Bool,
        _ delivery: OpaquePointer,
        _ link: AMQPLink,
        _ pointer: OpaquePointer
    ) {
        pn_link_advance(pointer)
        lastDeliveryNumber += 1
        let id = AMQPDeliveryID(link: link, number: lastDeliveryNumber)
        if isSettled || partial.isDropped {
            pn_delivery_settle(delivery)
        } else {
            remember(delivery, id)
        }
        guard !partial.isDropped else { return }
        topUp(link)
        emit(
            .delivery(
                AMQPDelivery(
                    id: id,
                    tag: partial.tag,
                    messageFormat: partial.messageFormat,
                    isSettled: isSettled,
                    bytes: partial.bytes
                )
            )
        )
    }

    func remember(_ delivery: OpaquePointer, _ id: AMQPDeliveryID) {
        id.link.unsettled[id.number] = delivery
        pn_delivery_set_context(delivery, UnsafeMutableRawPointer(bitPattern: UInt(id.number)))
    }

    private func disposed(_ disposition: Performative.Disposition, _ delivery: OpaquePointer, _ link: AMQPLink) {
        let number = UInt64(UInt(bitPattern: pn_delivery_get_context(delivery)))
        guard link.unsettled[number] == delivery else { return }
        // An outcome is final; a receiver that settles second waits for us to settle.
        let isOver = disposition.isSettled || disposition.outcome != nil && link.role == .sender
        guard isOver else { return }
        link.unsettled[number] = nil
        pn_delivery_settle(delivery)
        topUp(link)
        emit(.settled(AMQPDeliveryID(link: link, number: number), disposition.outcome))
    }

    /// Gives credit when half of the window is used up.
    func topUp(_ link: AMQPLink) {
        guard link.isOpen, link.role == .receiver, link.creditWindow > 0, let pointer = link.pointer else { return }
        let missing = link.creditWindow - link.unsettled.count - link.credit
        if missing > 0, missing * 2 >= link.creditWindow { pn_link_flow(pointer, Int32(clamping: missing)) }
    }
}
