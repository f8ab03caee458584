import AMQPEngine
import IoTHub

/// A request on `$cbs`.
///
/// Source: OASIS, "AMQP Claims-based Security Version 1.0"; Azure IoT Hub documentation, "Communicate with your IoT hub by
/// using the AMQP protocol".
struct AMQPPutToken {
    /// What the token shall be good for.
    var scope: AMQPAudience.Scope
    var entry: AMQPTokens.Entry

    /// Reads a request.
    /// - Throws: `IoTHubError` whose status is the reply's.
    init(_ message: AMQPMessage) throws(IoTHubError) {
        let properties = message.applicationProperties
        guard properties[string: "operation"]?.text == "put-token" else {
            throw IoTHubError(.argumentInvalid, "the operation is not put-token, the only one that $cbs has here")
        }
        guard let type = properties[string: "type"]?.text?.lowercased(), type == "servicebus.windows.net:sastoken"
        else {
            throw IoTHubError(.argumentInvalid, "the token's type is not servicebus.windows.net:sastoken")
        }
        guard let name = properties[string: "name"]?.text else {
            throw IoTHubError(.argumentNull, "the request has no name, which says what the token is for")
        }
        guard let audience = AMQPAudience(name) else {
            throw IoTHubError(
                .iotHubUnauthorized,
                "tokens are for {host} or {host}/devices/{id} here, not for '\(name.prefix(300))'"
            )
        }
        guard case .value(let value) = message.body, let text = value.text else {
            throw IoTHubError(.argumentInvalid, "the body is not a string with the token")
        }
        scope = audience.scope
        entry = AMQPTokens.Entry(host: audience.host, token: try SharedAccessSignature(parsing: text))
    }

    /// The reply, with the request's message id as it was.
    static func reply(to messageID: AMQPMessageID?, _ error: IoTHubError? = nil) -> AMQPMessage {
        var reply = AMQPMessage(body: .value(.null))
        reply.properties.correlationID = messageID
        // An int and always 200: some clients take no other type, and Node no other number.
        reply.applicationProperties = [
            .string("status-code"): .int(Int32(clamping: error?.code.httpStatus ?? 200)),
            .string("status-description"): .string(error?.message ?? "OK"),
        ]
        return reply
    }
}

/// What a token is to be good for.
struct AMQPAudience: Hashable {
    enum Scope: Hashable {
        /// All devices.
        case hub
        case device(String)
    }

    /// Small letters; perhaps a gateway's.
    var host: String
    var scope: Scope

    /// Reads `{host}`, `{host}/devices` or `{host}/devices/{id}`, with or without scheme, port and escapes; nil for any
    /// other.
    init?(_ text: String) {
        var path = text[...]
        if let scheme = path.firstRange(of: "://") { path = path[scheme.upperBound...] }
        let parts = PercentEncoding.decode(path).split(separator: "/").map(String.init)
        guard let host = parts.first else { return nil }
        self.host = host.prefix { $0 != ":" }.lowercased()
        switch parts.count {
        case 1: scope = .hub
        case 2 where parts[1] == "devices": scope = .hub
        case 3 where parts[1] == "devices": scope = .device(parts[2])
        default: return nil
        }
    }
}
