internal import AMQPEngine
internal import Foundation
internal import IoTHub

/// What a device says of itself over AMQP.
struct AMQPIdentity: Sendable, Hashable {
    /// The version of the hub's twin operations that we speak.
    ///
    /// Source: the attach of Azure IoT SDK for C#.
    static let apiVersion = "2020-09-30"

    /// What a put-token names: `{host}/devices/{id}[/modules/{m}]`, ids percent-encoded.
    var audience: String
    /// The address of both twin links.
    var twinAddress: String
    /// The terminus at this end, which is free text.
    var ownAddress: String
    var productInfo: String
    var modelID: String?

    init(host: String, deviceID: String, moduleID: String?, productInfo: String, modelID: String?) {
        let path =
            "/devices/\(PercentEncoding.encode(deviceID))"
            + (moduleID.map { "/modules/\(PercentEncoding.encode($0))" } ?? "")
        audience = host + path
        twinAddress = "amqps://\(host)\(path)/twin"
        ownAddress = deviceID
        self.productInfo = productInfo
        self.modelID = modelID
    }

    /// The properties of a new pair of twin links, by which the hub knows that they belong together.
    func makeTwinLinkProperties() -> AMQPMap {
        var properties: AMQPMap = [:]
        properties[symbol: "com.microsoft:client-version"] = .string(productInfo)
        properties[symbol: "com.microsoft:api-version"] = .string(Self.apiVersion)
        properties[symbol: "com.microsoft:channel-correlation-id"] = .string("twin:\(UUID().uuidString.lowercased())")
        if let modelID { properties[symbol: "com.microsoft:model-id"] = .string(modelID) }
        return properties
    }
}
