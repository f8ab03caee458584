import AMQPEngine
import IoTHub

/// User and password of SASL PLAIN: `{device}@sas.{hub}` or `{policy}@sas.root.{hub}`, and a token.
///
/// Source: Azure IoT Hub documentation, "Communicate with your IoT hub by using the AMQP protocol".
struct AMQPLogin {
    /// The audience that goes with the user.
    var scope: AMQPAudience.Scope
    var entry: AMQPTokens.Entry

    /// Takes user and password apart.
    /// - Throws: `IoTHubError` with `iotHubUnauthorized`.
    init(_ initial: AMQPSASLInit, hostNames: Set<String>) throws(IoTHubError) {
        guard let (user, password) = initial.plain, let at = user.lastIndex(of: "@") else { throw Self.badUser }
        let name = String(user[..<at])
        var hub = user[user.index(after: at)...].lowercased()[...]
        guard !name.isEmpty, hub.hasPrefix("sas.") else { throw Self.badUser }
        hub = hub.dropFirst(4)
        let token = try SharedAccessSignature(parsing: password)
        if hub.hasPrefix("root."), token.policy == name {
            hub = hub.dropFirst(5)
            scope = .hub
        } else {
            scope = .device(name)
        }
        let host = initial.hostname.map { String($0.prefix { $0 != ":" }) }
        entry = AMQPTokens.Entry(host: host, token: token)
        // The documentation has the first part of the host name; a hub on this machine may have nothing else.
        guard hostNames.contains(where: { $0 == hub || $0.prefix { $0 != "." } == hub }) else { throw Self.badUser }
    }

    private static var badUser: IoTHubError {
        IoTHubError(.iotHubUnauthorized, "the user is not of the form {device}@sas.{hub} or {policy}@sas.root.{hub}")
    }
}
