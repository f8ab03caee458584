/// The fields that a hub gives to the rows of a collection.
///
/// Their first name matches in any case and comes out as the hub writes it: a sample of the documents selects `DeviceId`
/// and gets `deviceId`. Names below it, and all names of tags and properties, must be written as they are.
/// A first name that no row can have is an error here; what a hub makes of one is not documented, and the usual cause
/// is a forgotten `tags.` or a slip of the finger.
indirect enum SystemField: Sendable {
    /// No names below it.
    case value
    /// Any names below it.
    case open
    /// These names below it and no others.
    case object([(name: String, field: SystemField)])

    /// The fields of the rows of a collection, in the order in which the hub writes them.
    static func fields(of source: QuerySource) -> [(name: String, field: SystemField)] {
        switch source {
        case .devices, .modules: twin
        case .jobs: job
        }
    }

    /// Source: Azure IoT Hub documentation, "Understand and use device twins in IoT Hub" and "… module twins …".
    private static let twin: [(name: String, field: SystemField)] = [
        ("deviceId", .value), ("moduleId", .value), ("etag", .value), ("deviceEtag", .value), ("status", .value),
        ("statusReason", .value), ("statusUpdateTime", .value), ("connectionState", .value),
        ("lastActivityTime", .value), ("cloudToDeviceMessageCount", .value), ("authenticationType", .value),
        ("x509Thumbprint", .object([("primaryThumbprint", .value), ("secondaryThumbprint", .value)])),
        ("modelId", .value), ("version", .value), ("tags", .open),
        ("properties", .object([("desired", .open), ("reported", .open)])),
        ("capabilities", .object([("iotEdge", .value)])), ("deviceScope", .value), ("parentScopes", .value),
        ("configurations", .open),
    ]

    /// Source: Azure IoT Hub documentation, "Queries for IoT Hub jobs".
    private static let job: [(name: String, field: SystemField)] = [
        ("deviceId", .value), ("jobId", .value), ("jobType", .value), ("status", .value), ("startTimeUtc", .value),
        ("endTimeUtc", .value), ("createdDateTimeUtc", .value), ("lastUpdatedDateTimeUtc", .value), ("outcome", .open),
        ("error", .open),
    ]

    /// Names that stand for another: a query of the documents says `createdTimeUtc` where their rows say
    /// `createdDateTimeUtc`.
    static let aliases = ["createdtimeutc": "createdDateTimeUtc"]
}
