import IoTHub

/// What the user name of a CONNECT says: `{host}/{client id}/?api-version={v}&model-id={dtmi}&…`.
///
/// Old SDKs leave the question mark off, and some clients all of the properties; both are taken.
struct MQTTUserName: Sendable, Hashable {
    /// The hub as the device calls it, perhaps by the name of a gateway.
    var host: String
    /// Without one, the hub does not let the device report properties.
    var apiVersion: String?
    /// The device's DTMI; nil when it names none.
    var modelID: String?

    /// Reads a user name; nil when it is not of that form or its id part is not the client id.
    init?(_ text: String, clientID: String) {
        guard let slash = text.firstIndex(of: "/"), slash > text.startIndex else { return nil }
        host = String(text[..<slash])
        let path = text[text.index(after: slash)...]
        guard path.utf8.starts(with: clientID.utf8) else { return nil }
        var properties = path[path.utf8.index(path.startIndex, offsetBy: clientID.utf8.count)...]
        if properties.isEmpty { return }
        guard properties.hasPrefix("/") else { return nil }
        properties = properties.dropFirst()
        if properties.hasPrefix("?") { properties = properties.dropFirst() }
        for part in properties.split(separator: "&") {
            guard let equals = part.firstIndex(of: "=") else { continue }
            let value = PercentEncoding.decode(part[part.index(after: equals)...])
            switch part[..<equals] {
            case "api-version": apiVersion = value.isEmpty ? nil : value
            case "model-id": modelID = value.isEmpty ? nil : value
            default: continue
            }
        }
    }
}
