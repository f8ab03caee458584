/// What became of a message.
///
/// Source: OASIS AMQP 1.0 part 3, "Delivery state".
public enum AMQPOutcome: Hashable, Sendable {
    /// It is done with.
    case accepted
    /// It is bad.
    case rejected(AMQPError?)
    /// It was not looked at, and may be sent again.
    case released
    /// It was not taken as it was.
    case modified(deliveryFailed: Bool, undeliverableHere: Bool, annotations: AMQPMap)
}

extension FieldReader {
    /// The state of a disposition: an outcome, or nil for one that says how much has arrived.
    mutating func outcome() throws(AMQPError) -> AMQPOutcome? {
        let outcome = try described("state") { code, reader throws(AMQPError) -> AMQPOutcome? in
            var fields = try FieldReader(&reader, of: "state")
            let outcome: AMQPOutcome?
            switch code {
            case 0x23:
                _ = try fields.uint("section-number")
                _ = try fields.ulong("section-offset")
                outcome = nil
            case 0x24: outcome = .accepted
            case 0x25: outcome = .rejected(try fields.error())
            case 0x26: outcome = .released
            case 0x27:
                outcome = .modified(
                    deliveryFailed: try fields.bool("delivery-failed") ?? false,
                    undeliverableHere: try fields.bool("undeliverable-here") ?? false,
                    annotations: try fields.map("message-annotations") ?? [:]
                )
            default: throw AMQPError(.notImplemented, "a delivery state with the descriptor \(code) is not supported")
            }
            try fields.finish(&reader)
            return outcome
        }
        return outcome ?? nil
    }
}
