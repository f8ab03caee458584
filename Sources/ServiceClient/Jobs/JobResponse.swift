public import IoTHub

/// What a job does.
public enum JobType: String, Sendable, Hashable {
    /// It updates twins.
    case scheduleUpdateTwin
    /// It invokes a direct method.
    case scheduleDeviceMethod
    /// Something that this library does not know.
    case unknown
}

/// How far a job has come.
public enum JobStatus: String, Sendable, Hashable {
    /// The hub has it, and it waits for its turn.
    case enqueued
    /// The hub has it, and it starts as soon as it can.
    case queued
    /// It starts later.
    case scheduled
    /// It is at work.
    case running
    /// It has gone through all its devices, with or without success.
    case completed
    /// It has not gone through all its devices.
    case failed
    /// It was ended before its time.
    case cancelled
    /// Something that this library does not know.
    case unknown

    /// Whether nothing will change any more.
    public var isOver: Bool {
        switch self {
        case .completed, .failed, .cancelled: true
        case .enqueued, .queued, .scheduled, .running, .unknown: false
        }
    }
}

/// How many of a job's devices have come how far.
public struct DeviceJobStatistics: Sendable, Hashable {
    /// All devices that meet the condition.
    public var deviceCount: Int
    /// Those that could not be updated.
    public var failedCount: Int
    /// Those that were updated.
    public var succeededCount: Int
    /// Those that are being updated.
    public var runningCount: Int
    /// Those that are still to come.
    public var pendingCount: Int

    init(json: JSON) throws {
        deviceCount = try UnexpectedAnswer.count("deviceCount", in: json)
        failedCount = try UnexpectedAnswer.count("failedCount", in: json)
        succeededCount = try UnexpectedAnswer.count("succeededCount", in: json)
        runningCount = try UnexpectedAnswer.count("runningCount", in: json)
        pendingCount = try UnexpectedAnswer.count("pendingCount", in: json)
    }
}

/// A job as the hub tells of it.
///
/// Source: `JobResponse` of Microsoft's .NET service SDK.
public struct JobResponse: Sendable, Hashable {
    /// The job's id.
    public let jobID: String
    /// What it does.
    public let type: JobType
    /// How far it has come.
    public let status: JobStatus
    /// Which devices it is for; nil right after it was scheduled, as are the members below.
    public let queryCondition: String?
    /// When the hub took it.
    public let createdTime: HubTimestamp?
    /// When it started or will start.
    public let startTime: HubTimestamp?
    /// When it was over.
    public let endTime: HubTimestamp?
    /// How long it may take.
    public let maxExecutionTime: Duration?
    /// Why it has failed.
    public let failureReason: String?
    /// The hub's remark.
    public let statusMessage: String?
    /// How its devices fare.
    public let deviceJobStatistics: DeviceJobStatistics?

    init(json: JSON) throws {
        guard let id = json["jobId"]?.stringValue else {
            throw UnexpectedAnswer(description: "expected a job with a text 'jobId'")
        }
        func time(_ name: String) throws -> HubTimestamp? {
            try json[name]?.stringValue.map { try HubTimestamp(parsing: $0) }
        }
        jobID = id
        type = json["type"]?.stringValue.flatMap(JobType.init(rawValue:)) ?? .unknown
        status = json["status"]?.stringValue.flatMap(JobStatus.init(rawValue:)) ?? .unknown
        queryCondition = json["queryCondition"]?.stringValue
        createdTime = try time("createdTime")
        startTime = try time("startTime")
        endTime = try time("endTime")
        maxExecutionTime = json["maxExecutionTimeInSeconds"]?.integerValue.map { .seconds($0) }
        failureReason = json["failureReason"]?.stringValue
        statusMessage = json["statusMessage"]?.stringValue
        deviceJobStatistics = try json["deviceJobStatistics"].flatMap { json in
            json.isNull ? nil : try DeviceJobStatistics(json: json)
        }
    }
}
