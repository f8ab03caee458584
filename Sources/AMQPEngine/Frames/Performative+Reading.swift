extension Performative {
    /// Reads the performative at the start of a frame's body.
    ///
    /// Only a transfer has more bytes behind it.
    init(from reader: inout AMQPReader) throws(AMQPError) {
        guard try reader.byte() == 0, case .ulong(let code) = try reader.descriptor() else {
            throw AMQPError(.decodeError, "a frame has no performative with a ulong for its descriptor")
        }
        switch code {
        case 0x10: self = .open(try AMQPOpen(from: &reader))
        case 0x11: self = .begin(try Begin(from: &reader))
        case 0x12: self = .attach(try Attach(from: &reader))
        case 0x13: self = .flow(try Flow(from: &reader))
        case 0x14:
            self = .transfer(try Transfer(from: &reader))
            return
        case 0x15: self = .disposition(try Disposition(from: &reader))
        case 0x16: self = .detach(try Detach(from: &reader))
        case 0x17, 0x18:
            var fields = try FieldReader(&reader, of: code == 0x17 ? "end" : "close")
            let error = try fields.error()
            try fields.finish(&reader)
            self = code == 0x17 ? .end(error) : .close(error)
        default: throw AMQPError(.notImplemented, "there is no performative with the code \(code)")
        }
        guard reader.isAtEnd else { throw AMQPError(.framingError, "\(reader.remaining) bytes follow a performative") }
    }
}

extension Performative.Begin {
    fileprivate init(from reader: inout AMQPReader) throws(AMQPError) {
        var fields = try FieldReader(&reader, of: "begin")
        remoteChannel = try fields.ushort("remote-channel")
        for field in ["next-outgoing-id", "incoming-window", "outgoing-window"] {
            _ = try fields.required(try fields.uint(field), field)
        }
        _ = try fields.uint("handle-max")
        try fields.finish(&reader)
    }
}

extension Performative.Flow {
    fileprivate init(from reader: inout AMQPReader) throws(AMQPError) {
        var fields = try FieldReader(&reader, of: "flow")
        _ = try fields.uint("next-incoming-id")
        for field in ["incoming-window", "next-outgoing-id", "outgoing-window"] {
            _ = try fields.required(try fields.uint(field), field)
        }
        handle = try fields.uint("handle")
        deliveryCount = try fields.uint("delivery-count")
        linkCredit = try fields.uint("link-credit")
        _ = try fields.uint("available")
        drain = try fields.bool("drain") ?? false
        _ = try fields.bool("echo")
        try fields.finish(&reader)
    }
}

extension Performative.Transfer {
    fileprivate init(from reader: inout AMQPReader) throws(AMQPError) {
        var fields = try FieldReader(&reader, of: "transfer")
        handle = try fields.required(try fields.uint("handle"), "handle")
        deliveryID = try fields.uint("delivery-id")
        tag = try fields.binary("delivery-tag")
        messageFormat = try fields.uint("message-format") ?? 0
        isSettled = try fields.bool("settled") ?? false
        hasMore = try fields.bool("more") ?? false
        _ = try fields.ubyte("rcv-settle-mode")
        try fields.skip()
        resume = try fields.bool("resume") ?? false
        isAborted = try fields.bool("aborted") ?? false
        _ = try fields.bool("batchable")
        try fields.finish(&reader)
        if let tag, tag.count > 32 {
            throw AMQPError(.invalidField, "a delivery-tag has \(tag.count) bytes, 32 are permitted")
        }
    }
}

extension Performative.Disposition {
    fileprivate init(from reader: inout AMQPReader) throws(AMQPError) {
        var fields = try FieldReader(&reader, of: "disposition")
        _ = try fields.required(try fields.bool("role"), "role")
        _ = try fields.required(try fields.uint("first"), "first")
        _ = try fields.uint("last")
        isSettled = try fields.bool("settled") ?? false
        outcome = try fields.outcome()
        _ = try fields.bool("batchable")
        try fields.finish(&reader)
    }
}

extension Performative.Detach {
    fileprivate init(from reader: inout AMQPReader) throws(AMQPError) {
        var fields = try FieldReader(&reader, of: "detach")
        handle = try fields.required(try fields.uint("handle"), "handle")
        isClosed = try fields.bool("closed") ?? false
        error = try fields.error()
        try fields.finish(&reader)
    }
}

extension FieldReader {
    /// The error of a detach, end or close.
    mutating func error() throws(AMQPError) -> AMQPError? {
        try described("error") { code, reader throws(AMQPError) in
            guard code == 0x1D else { throw AMQPError(.decodeError, "an error has the descriptor \(code)") }
            var fields = try FieldReader(&reader, of: "error")
            let condition = try fields.required(try fields.text("condition"), "condition")
            let error = AMQPError(
                .init(rawValue: condition),
                try fields.text("description"),
                info: try fields.map("info") ?? [:]
            )
            try fields.finish(&reader)
            return error
        }
    }
}
