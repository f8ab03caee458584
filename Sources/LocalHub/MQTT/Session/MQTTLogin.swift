import IoTHub

/// A CONNECT that is in order, so that it remains to check who sends it.
struct MQTTLogin: Sendable, Hashable {
    var deviceID: String
    var userName: MQTTUserName
    /// The SAS token; it must never be logged.
    var password: [UInt8]?
    var cleanSession: Bool
    /// Seconds; 0 for none.
    var keepAlive: UInt16

    /// Checks the form of a CONNECT.
    /// - Throws: `Refusal` with the return code.
    init(_ connect: MQTTConnect) throws(Refusal) {
        guard !connect.clientID.isEmpty else { throw Refusal(code: .identifierRejected, why: "the client id is empty") }
        guard let text = connect.userName else { throw Refusal(code: .notAuthorized, why: "there is no user name") }
        guard let userName = MQTTUserName(text, clientID: connect.clientID) else {
            throw Refusal(
                code: .identifierRejected,
                why: "the user name is not of the form {host}/{client id}/?api-version={v}"
            )
        }
        // Modules (`{device}/{module}`) are unknown here, as is all that cannot be a device id.
        if let problem = DeviceID.problem(with: connect.clientID) {
            throw Refusal(code: .notAuthorized, why: "the client id is no device id: it \(problem)")
        }
        deviceID = connect.clientID
        self.userName = userName
        password = connect.password
        cleanSession = connect.cleanSession
        keepAlive = connect.keepAlive
    }

    /// Why a CONNECT is refused before its sender is looked up.
    struct Refusal: Error, Hashable {
        var code: MQTTConnectReturnCode
        /// Holds no secrets.
        var why: String
    }
}
