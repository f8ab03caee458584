/// The frames before the connection proper.
///
/// Source: OASIS AMQP 1.0 part 5, "SASL".
///
/// Written here and not by Proton: Debian's Proton knows neither MSSBCBS nor PLAIN on a server, and its hook for more keeps
/// pointers into our memory.
enum SASLFrame {
    case mechanisms([String])
    case initial(AMQPSASLInit)
    case outcome(AMQPSASLOutcome)

    /// A limit of its own: nothing is known of the peer yet.
    ///
    /// A token of IoT Hub has some hundred bytes.
    static let sizeLimit = 8192

    init(from reader: inout AMQPReader) throws(AMQPError) {
        guard try reader.byte() == 0, case .ulong(let code) = try reader.descriptor() else {
            throw AMQPError(.decodeError, "a SASL frame has no ulong for its descriptor")
        }
        var fields = try FieldReader(&reader, of: "SASL frame")
        switch code {
        case 0x40: self = .mechanisms(Self.names(try fields.required(try fields.value(), "mechanisms")))
        case 0x41:
            self = .initial(
                AMQPSASLInit(
                    mechanism: try fields.required(try fields.text("mechanism"), "mechanism"),
                    response: try fields.binary("initial-response"),
                    hostname: try fields.text("hostname")
                )
            )
        case 0x44:
            let code = try fields.required(try fields.ubyte("code"), "code")
            self = .outcome(try fields.required(AMQPSASLOutcome(rawValue: code), "known code"))
        default:
            throw AMQPError(.notImplemented, "SASL frame \(code) is not supported: no mechanism here has challenges")
        }
        try fields.finish(&reader)
        guard reader.isAtEnd else { throw AMQPError(.framingError, "\(reader.remaining) bytes follow a SASL frame") }
    }

    /// One symbol stands for an array of one.
    private static func names(_ value: AMQPValue) -> [String] {
        switch value {
        case .array(let array): array.elements.compactMap(\.text)
        default: value.text.map { [$0] } ?? []
        }
    }

    var bytes: [UInt8] {
        switch self {
        case .mechanisms(let names):
            FrameHeader.frame(type: FrameHeader.saslType, 0x40, [.array(.symbols(names))])
        case .initial(let initial):
            FrameHeader.frame(
                type: FrameHeader.saslType,
                0x41,
                [
                    .symbol(initial.mechanism), initial.response.map { .binary($0) } ?? .null,
                    initial.hostname.map { .string($0) } ?? .null,
                ]
            )
        case .outcome(let outcome):
            FrameHeader.frame(type: FrameHeader.saslType, 0x44, [.ubyte(outcome.rawValue)])
        }
    }
}
