public import IoTHub

/// What became of a bulk request.
public struct BulkRegistryOperationResult: Sendable, Hashable {
    /// Whether every item was carried out.
    public var isSuccessful: Bool
    /// Items that failed.
    public var errors: [BulkError]
    /// Items carried out with a remark.
    public var warnings: [BulkWarning]

    /// Creates a result.
    public init(isSuccessful: Bool, errors: [BulkError] = [], warnings: [BulkWarning] = []) {
        self.isSuccessful = isSuccessful
        self.errors = errors
        self.warnings = warnings
    }

    init(json: JSON) throws {
        guard let isSuccessful = json["isSuccessful"]?.boolValue else {
            throw UnexpectedAnswer(description: "member isSuccessful is missing or not a boolean")
        }
        self.isSuccessful = isSuccessful
        errors = try (json["errors"]?.arrayValue ?? []).map(BulkError.init(json:))
        warnings = try (json["warnings"]?.arrayValue ?? []).map(BulkWarning.init(json:))
    }
}

/// A failed item of a bulk request.
public struct BulkError: Sendable, Hashable {
    /// The device id.
    public var deviceID: String
    /// The error code, when the hub's name or number for it is known.
    public var code: IoTHubErrorCode?
    /// The hub's explanation.
    public var status: String

    /// Creates an error.
    public init(deviceID: String, code: IoTHubErrorCode?, status: String) {
        self.deviceID = deviceID
        self.code = code
        self.status = status
    }

    init(json: JSON) throws {
        guard let deviceID = json["deviceId"]?.stringValue else {
            throw UnexpectedAnswer(description: "an error without deviceId")
        }
        self.deviceID = deviceID
        // The API's description has a name here, its SDKs also accept the number.
        let number = json["errorCode"]?.integerValue.flatMap { Int(exactly: $0) }
        code =
            number.map { IoTHubErrorCode(rawValue: $0) } ?? json["errorCode"]?.stringValue.flatMap(ErrorAnswer.code)
        status = Redaction.clean(json["errorStatus"]?.stringValue ?? "")
    }
}

/// A remark on an item of a bulk request.
public struct BulkWarning: Sendable, Hashable {
    /// The device id.
    public var deviceID: String
    /// The hub's name for the remark.
    public var code: String
    /// The hub's explanation.
    public var status: String

    /// Creates a warning.
    public init(deviceID: String, code: String, status: String) {
        self.deviceID = deviceID
        self.code = code
        self.status = status
    }

    init(json: JSON) throws {
        guard let deviceID = json["deviceId"]?.stringValue else {
            throw UnexpectedAnswer(description: "a warning without deviceId")
        }
        self.deviceID = deviceID
        code = json["warningCode"]?.stringValue ?? ""
        status = Redaction.clean(json["warningStatus"]?.stringValue ?? "")
    }
}
