import Foundation
import IoTHub

/// What `twinfleet hub --json` prints when it is ready, for programs that start one.
struct HubReadyLine {
    var mqttPort: Int
    var amqpPort: Int
    var httpsPort: Int
    var connectionString: String
    /// Those of all policies, by their names.
    var connectionStrings: JSONObject = [:]
    var certificateAuthorityFile: String
    /// Where the metrics are; nil when none are served.
    var metrics: String?
    /// The live page with its token; nil without one.
    var page: String?

    var json: JSONObject {
        var json: JSONObject = [
            "ready": true, "mqttPort": .integer(Int64(mqttPort)), "amqpPort": .integer(Int64(amqpPort)),
            "httpsPort": .integer(Int64(httpsPort)),
            "connectionString": .string(connectionString), "connectionStrings": .object(connectionStrings),
            "ca": .string(certificateAuthorityFile),
            "pid": .integer(Int64(ProcessInfo.processInfo.processIdentifier)),
        ]
        json["metrics"] = metrics.map { .string($0) }
        json["page"] = page.map { .string($0) }
        return json
    }
}

extension HubReadyLine {
    /// Reads the line back; nil when it is none.
    init?(parsing line: String) {
        guard let json = try? JSON(parsing: line), json["ready"] == true,
            let mqttPort = json["mqttPort"]?.integerValue, let amqpPort = json["amqpPort"]?.integerValue,
            let httpsPort = json["httpsPort"]?.integerValue,
            let connectionString = json["connectionString"]?.stringValue, let file = json["ca"]?.stringValue
        else { return nil }
        self.init(
            mqttPort: Int(clamping: mqttPort),
            amqpPort: Int(clamping: amqpPort),
            httpsPort: Int(clamping: httpsPort),
            connectionString: connectionString,
            certificateAuthorityFile: file
        )
        metrics = json["metrics"]?.stringValue
        page = json["page"]?.stringValue
    }
}
