extension AMQPConnection {
    /// Takes bytes from the peer, in pieces of any size.
    ///
    /// Bytes after the end are dropped.
    public func receive(_ bytes: UnsafeRawBufferPointer) {
        guard stage != .finished else { return }
        if input.isEmpty {
            let used = process(bytes)
            if stage != .finished { input.append(contentsOf: bytes[used...]) }
        } else {
            input.append(contentsOf: bytes)
            // A frame that comes byte by byte is looked at once.
            if input.count >= inputNeeded { processInput() }
        }
        if stage == .saslAnswer, input.count > SASLFrame.sizeLimit {
            fail(AMQPError(.resourceLimitExceeded, "the peer sends on without waiting for the outcome of SASL"))
        }
    }

    /// Takes bytes from the peer.
    public func receive(_ bytes: [UInt8]) { bytes.withUnsafeBytes { receive($0) } }

    /// The peer will send no more.
    ///
    /// Without a close before, the connection has failed.
    public func receiveEnd() {
        // After this end's close there is nothing left to be said.
        if stage == .closing { return closed(by: nil) }
        fail(AMQPError(.framingError, "the peer ended the stream without closing"))
    }

    func processInput() {
        let bytes = input
        input = []
        let used = bytes.withUnsafeBytes { process($0) }
        if stage != .finished { input = Array(bytes[used...]) }
    }

    /// Goes through all frames that are whole, and returns how many bytes they have.
    private func process(_ bytes: UnsafeRawBufferPointer) -> Int {
        var position = 0
        do throws(AMQPError) {
            while stage != .finished, stage != .saslAnswer {
                let rest = UnsafeRawBufferPointer(rebasing: bytes[position...])
                inputNeeded = FrameHeader.size
                if rest.count < inputNeeded { break }
                if isHeaderNext {
                    try process(header: UnsafeRawBufferPointer(rebasing: rest[..<FrameHeader.size]))
                    position += FrameHeader.size
                    continue
                }
                let header = try FrameHeader(rest, limit: frameLimit)
                inputNeeded = header.frameSize
                if rest.count < inputNeeded { break }
                try process(header, UnsafeRawBufferPointer(rebasing: rest[..<header.frameSize]))
                position += header.frameSize
            }
        } catch {
            fail(error)
        }
        return position
    }

    private var isHeaderNext: Bool { [.saslHeader, .anyHeader, .amqpHeader].contains(stage) }

    private var frameLimit: Int {
        stage == .amqp || stage == .closing ? Int(max(configuration.maxFrameSize, 512)) : SASLFrame.sizeLimit
    }

    private func process(header: UnsafeRawBufferPointer) throws(AMQPError) {
        switch stage {
        case .saslHeader where header.elementsEqual(ProtocolHeader.sasl): stage = .saslMechanisms
        case .anyHeader where header.elementsEqual(ProtocolHeader.sasl): startSASL()
        case .anyHeader where header.elementsEqual(ProtocolHeader.amqp),
            .amqpHeader where header.elementsEqual(ProtocolHeader.amqp):
            stage = .amqp
            _ = proton.push(header)
            handleProtonEvents()
        default:
            // What this end would have taken, and nothing more: the peer may not speak AMQP at all.
            if case .server = role { output += ProtocolHeader.amqp }
            finish()
            emit(
                .failed(
                    AMQPError(.framingError, "the peer began with \(header.map { hex($0) }.joined(separator: " "))")
                )
            )
        }
    }

    private func process(_ header: FrameHeader, _ frame: UnsafeRawBufferPointer) throws(AMQPError) {
        let isSASL = stage != .amqp && stage != .closing
        guard header.type == (isSASL ? FrameHeader.saslType : FrameHeader.amqpType) else {
            throw AMQPError(.framingError, "a frame has the type \(header.type)")
        }
        var reader = AMQPReader(UnsafeRawBufferPointer(rebasing: frame[header.bodyStart...]))
        if isSASL { return process(try SASLFrame(from: &reader)) }
        // An empty frame only says that the peer is alive.
        if reader.isAtEnd { return give(frame) }
        let performative = try Performative(from: &reader)
        if case .close(let error) = performative { return closed(by: error) }
        if stage == .closing { return }
        try admit(performative, channel: header.channel)
        current = (performative, header.channel)
        defer { current = nil }
        if case .flow(let flow) = performative, let credit = flow.linkCredit, credit > Self.creditLimit {
            try withLimitedCredit(frame, header) { give($0) }
        } else {
            give(frame)
        }
    }

    /// Proton has signed numbers for credit; more than this is more than anybody will use.
    static var creditLimit: UInt32 { 0x3FFF_FFFF }

    private func withLimitedCredit(
        _ frame: UnsafeRawBufferPointer,
        _ header: FrameHeader,
        _ body: (UnsafeRawBufferPointer) -> Void
    ) throws(AMQPError) {
        var reader = AMQPReader(UnsafeRawBufferPointer(rebasing: frame[header.bodyStart...]))
        guard case .described(_, .list(var fields)) = try reader.value(), fields.count > 6 else { return }
        fields[6] = .uint(Self.creditLimit)
        var bytes = FrameHeader.frame(type: FrameHeader.amqpType, 0x13, fields)
        bytes[6] = UInt8(header.channel >> 8)
        bytes[7] = UInt8(header.channel & 0xFF)
        bytes.withUnsafeBytes { body($0) }
    }

    private func give(_ frame: UnsafeRawBufferPointer) {
        guard stage == .amqp else { return }
        let isTaken = proton.push(frame)
        handleProtonEvents()
        if !isTaken, stage == .amqp { fail(proton.error) }
    }
}
