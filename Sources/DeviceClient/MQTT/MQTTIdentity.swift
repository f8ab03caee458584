internal import IoTHub

/// What a device says in CONNECT: who it is, and how it proves it.
struct MQTTIdentity: Sendable, Hashable {
    /// The version of the hub's protocol that we speak.
    static let apiVersion = "2021-04-12"

    /// `{deviceId}` or `{deviceId}/{moduleId}`.
    var clientID: String
    /// `{host}/{clientId}/?api-version=…`.
    var userName: String
    /// What a token is for: `{host}/devices/{id}[/modules/{m}]`.
    var resource: String

    init(host: String, deviceID: String, moduleID: String?, productInfo: String, modelID: String?) {
        clientID = deviceID + (moduleID.map { "/\($0)" } ?? "")
        var userName = "\(host)/\(clientID)/?api-version=\(Self.apiVersion)"
        if !productInfo.isEmpty { userName += "&DeviceClientType=\(PercentEncoding.encode(productInfo))" }
        if let modelID { userName += "&model-id=\(PercentEncoding.encode(modelID))" }
        self.userName = userName
        resource = "\(host)/devices/\(deviceID)" + (moduleID.map { "/modules/\($0)" } ?? "")
    }
}
