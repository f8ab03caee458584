/// A code of IoT Hub's error table: the HTTP status times 1,000 plus a number.
///
/// Codes that are not in the table survive: they keep their number, and their status follows from it.
/// Source: Azure IoT Hub documentation, "Troubleshoot Azure IoT Hub error codes".
public struct IoTHubErrorCode: RawRepresentable, Sendable, Hashable, CustomStringConvertible {
    /// The number, such as 404001.
    public let rawValue: Int

    /// Makes a code from its number, known or not.
    public init(rawValue: Int) { self.rawValue = rawValue }

    /// Finds a code by the name that the hub writes into `iothub-errorcode` and `Message`; nil when unknown.
    public init?(name: String) {
        guard let match = Self.names.first(where: { $0.value == name }) else { return nil }
        self.init(rawValue: match.key)
    }

    /// The name that the hub writes, such as `DeviceNotFound`; `Unknown` for a number that is not in the table.
    public var name: String { Self.names[rawValue] ?? "Unknown" }

    /// The HTTP status (and twin status over MQTT and AMQP) that goes with the code, 100 to 599.
    public var httpStatus: Int {
        let status = rawValue / 1000
        return (100...599).contains(status) ? status : 500
    }

    /// Number and name.
    public var description: String { "\(rawValue) \(name)" }
}

extension IoTHubErrorCode {
    /// 400000 GenericBadRequest.
    public static let genericBadRequest = IoTHubErrorCode(rawValue: 400000)
    /// 400001 InvalidProtocolVersion.
    public static let invalidProtocolVersion = IoTHubErrorCode(rawValue: 400001)
    /// 400003 InvalidOperation.
    public static let invalidOperation = IoTHubErrorCode(rawValue: 400003)
    /// 400004 ArgumentInvalid.
    public static let argumentInvalid = IoTHubErrorCode(rawValue: 400004)
    /// 400005 ArgumentNull.
    public static let argumentNull = IoTHubErrorCode(rawValue: 400005)
    /// 400006 IotHubFormatError.
    public static let iotHubFormatError = IoTHubErrorCode(rawValue: 400006)
    /// 400011 DeviceDefinedMultipleTimes.
    public static let deviceDefinedMultipleTimes = IoTHubErrorCode(rawValue: 400011)
    /// 400013 BulkRegistryOperationFailure.
    public static let bulkRegistryOperationFailure = IoTHubErrorCode(rawValue: 400013)
    /// 400023 EtagDoesNotMatch.
    public static let etagDoesNotMatch = IoTHubErrorCode(rawValue: 400023)
    /// 400028 InvalidDeviceScope.
    public static let invalidDeviceScope = IoTHubErrorCode(rawValue: 400028)
    /// 401000 GenericUnauthorized.
    public static let genericUnauthorized = IoTHubErrorCode(rawValue: 401000)
    /// 401001 IotHubNotFound.
    public static let iotHubNotFound = IoTHubErrorCode(rawValue: 401001)
    /// 401002 IotHubUnauthorizedAccess.
    public static let iotHubUnauthorizedAccess = IoTHubErrorCode(rawValue: 401002)
    /// 401003 IotHubUnauthorized.
    public static let iotHubUnauthorized = IoTHubErrorCode(rawValue: 401003)
    /// 403001 IotHubSuspended.
    public static let iotHubSuspended = IoTHubErrorCode(rawValue: 403001)
    /// 403002 IotHubQuotaExceeded.
    public static let iotHubQuotaExceeded = IoTHubErrorCode(rawValue: 403002)
    /// 403003 JobQuotaExceeded.
    public static let jobQuotaExceeded = IoTHubErrorCode(rawValue: 403003)
    /// 403004 DeviceMaximumQueueDepthExceeded.
    public static let deviceMaximumQueueDepthExceeded = IoTHubErrorCode(rawValue: 403004)
    /// 403005 IotHubMaxCbsTokenExceeded.
    public static let iotHubMaxCbsTokenExceeded = IoTHubErrorCode(rawValue: 403005)
    /// 403010 OperationNotAvailableInCurrentTier.
    public static let operationNotAvailableInCurrentTier = IoTHubErrorCode(rawValue: 403010)
    /// 403012 DeviceDisabled.
    public static let deviceDisabled = IoTHubErrorCode(rawValue: 403012)
    /// 403800 DeviceMaximumInflightMethodExceeded.
    public static let deviceMaximumInflightMethodExceeded = IoTHubErrorCode(rawValue: 403800)
    /// 404000 GenericNotFound.
    public static let genericNotFound = IoTHubErrorCode(rawValue: 404000)
    /// 404001 DeviceNotFound.
    public static let deviceNotFound = IoTHubErrorCode(rawValue: 404001)
    /// 404002 JobNotFound.
    public static let jobNotFound = IoTHubErrorCode(rawValue: 404002)
    /// 404006 AmqpAddressNotFound.
    public static let amqpAddressNotFound = IoTHubErrorCode(rawValue: 404006)
    /// 404010 ModuleNotFound.
    public static let moduleNotFound = IoTHubErrorCode(rawValue: 404010)
    /// 404013 FeatureNotSupported.
    public static let featureNotSupported = IoTHubErrorCode(rawValue: 404013)
    /// 404103 DeviceNotOnline.
    public static let deviceNotOnline = IoTHubErrorCode(rawValue: 404103)
    /// 404104 DeviceConnectionClosedRemotely.
    public static let deviceConnectionClosedRemotely = IoTHubErrorCode(rawValue: 404104)
    /// 404301 ConfigurationNotFound.
    public static let configurationNotFound = IoTHubErrorCode(rawValue: 404301)
    /// 405000 GenericMethodNotAllowed.
    public static let genericMethodNotAllowed = IoTHubErrorCode(rawValue: 405000)
    /// 409001 DeviceAlreadyExists.
    public static let deviceAlreadyExists = IoTHubErrorCode(rawValue: 409001)
    /// 409002 LinkCreationConflict.
    public static let linkCreationConflict = IoTHubErrorCode(rawValue: 409002)
    /// 409104 JobAlreadyExists.
    public static let jobAlreadyExists = IoTHubErrorCode(rawValue: 409104)
    /// 409301 ModuleAlreadyExistsOnDevice.
    public static let moduleAlreadyExistsOnDevice = IoTHubErrorCode(rawValue: 409301)
    /// 412001 PreconditionFailed.
    public static let preconditionFailed = IoTHubErrorCode(rawValue: 412001)
    /// 412002 DeviceMessageLockLost.
    public static let deviceMessageLockLost = IoTHubErrorCode(rawValue: 412002)
    /// 413001 MessageTooLarge.
    public static let messageTooLarge = IoTHubErrorCode(rawValue: 413001)
    /// 413002 TooManyDevices.
    public static let tooManyDevices = IoTHubErrorCode(rawValue: 413002)
    /// 413003 TooManyModulesOnDevice.
    public static let tooManyModulesOnDevice = IoTHubErrorCode(rawValue: 413003)
    /// 415000 GenericUnsupportedMediaType.
    public static let genericUnsupportedMediaType = IoTHubErrorCode(rawValue: 415000)
    /// 429000 GenericTooManyRequests.
    public static let genericTooManyRequests = IoTHubErrorCode(rawValue: 429000)
    /// 429001 ThrottlingException.
    public static let throttlingException = IoTHubErrorCode(rawValue: 429001)
    /// 429002 ThrottleBacklogLimitExceeded.
    public static let throttleBacklogLimitExceeded = IoTHubErrorCode(rawValue: 429002)
    /// 429003 ThrottlingBacklogTimeout.
    public static let throttlingBacklogTimeout = IoTHubErrorCode(rawValue: 429003)
    /// 429004 ThrottlingMaxActiveJobCountExceeded.
    public static let throttlingMaxActiveJobCountExceeded = IoTHubErrorCode(rawValue: 429004)
    /// 429005 DeviceThrottlingLimitExceeded.
    public static let deviceThrottlingLimitExceeded = IoTHubErrorCode(rawValue: 429005)
    /// 500001 ServerError.
    public static let serverError = IoTHubErrorCode(rawValue: 500001)
    /// 500008 GenericTimeout.
    public static let genericTimeout = IoTHubErrorCode(rawValue: 500008)
    /// 502000 GenericBadGateway.
    public static let genericBadGateway = IoTHubErrorCode(rawValue: 502000)
    /// 503001 ServiceUnavailable.
    public static let serviceUnavailable = IoTHubErrorCode(rawValue: 503001)
    /// 503005 ServerBusy.
    public static let serverBusy = IoTHubErrorCode(rawValue: 503005)
    /// 503008 ReceiveLinkOpensThrottled.
    public static let receiveLinkOpensThrottled = IoTHubErrorCode(rawValue: 503008)
    /// 503102 DeviceUnavailable.
    public static let deviceUnavailable = IoTHubErrorCode(rawValue: 503102)
    /// 504101 GatewayTimeout.
    public static let gatewayTimeout = IoTHubErrorCode(rawValue: 504101)

    /// Number to name, in one place.
    static let names: [Int: String] = [
        400000: "GenericBadRequest",
        400001: "InvalidProtocolVersion",
        400003: "InvalidOperation",
        400004: "ArgumentInvalid",
        400005: "ArgumentNull",
        400006: "IotHubFormatError",
        400011: "DeviceDefinedMultipleTimes",
        400013: "BulkRegistryOperationFailure",
        400023: "EtagDoesNotMatch",
        400028: "InvalidDeviceScope",
        401000: "GenericUnauthorized",
        401001: "IotHubNotFound",
        401002: "IotHubUnauthorizedAccess",
        401003: "IotHubUnauthorized",
        403001: "IotHubSuspended",
        403002: "IotHubQuotaExceeded",
        403003: "JobQuotaExceeded",
        403004: "DeviceMaximumQueueDepthExceeded",
        403005: "IotHubMaxCbsTokenExceeded",
        403010: "OperationNotAvailableInCurrentTier",
        403012: "DeviceDisabled",
        403800: "DeviceMaximumInflightMethodExceeded",
        404000: "GenericNotFound",
        404001: "DeviceNotFound",
        404002: "JobNotFound",
        404006: "AmqpAddressNotFound",
        404010: "ModuleNotFound",
        404013: "FeatureNotSupported",
        404103: "DeviceNotOnline",
        404104: "DeviceConnectionClosedRemotely",
        404301: "ConfigurationNotFound",
        405000: "GenericMethodNotAllowed",
        409001: "DeviceAlreadyExists",
        409002: "LinkCreationConflict",
        409104: "JobAlreadyExists",
        409301: "ModuleAlreadyExistsOnDevice",
        412001: "PreconditionFailed",
        412002: "DeviceMessageLockLost",
        413001: "MessageTooLarge",
        413002: "TooManyDevices",
        413003: "TooManyModulesOnDevice",
        415000: "GenericUnsupportedMediaType",
        429000: "GenericTooManyRequests",
        429001: "ThrottlingException",
        429002: "ThrottleBacklogLimitExceeded",
        429003: "ThrottlingBacklogTimeout",
        429004: "ThrottlingMaxActiveJobCountExceeded",
        429005: "DeviceThrottlingLimitExceeded",
        500001: "ServerError",
        500008: "GenericTimeout",
        502000: "GenericBadGateway",
        503001: "ServiceUnavailable",
        503005: "ServerBusy",
        503008: "ReceiveLinkOpensThrottled",
        503102: "DeviceUnavailable",
        504101: "GatewayTimeout",
    ]
}
