import IoTHub
import TwinQuery

/// A job as a client asks for it: one twin update for all devices that meet a condition.
///
/// Source: Azure IoT Hub documentation, "Schedule jobs on multiple devices"; `JobRequest` of Microsoft's service SDKs.
struct JobRequest: Sendable {
    /// The one type of job that this hub has.
    static let type = "scheduleUpdateTwin"
    /// How long a job may take when the request does not say, in seconds. (The real hub's default is not documented.)
    private static let defaultLongest: Int64 = 3600

    let id: String
    /// What to merge into each twin.
    let write: TwinWrite
    /// The condition as sent; `*` for all devices.
    let queryCondition: String
    /// The condition; nil for all devices.
    let condition: QueryCondition?
    /// When to start; nil for at once.
    let startTime: HubTimestamp?
    /// How long it may take, in seconds.
    let longest: Int64

    /// Reads the body of a request.
    /// - Throws: `IoTHubError`: `argumentNull` or `argumentInvalid` with the member, `featureNotSupported` for jobs with
    ///   methods, `preconditionFailed` for a condition that is too long, as the real hub does.
    init(id: String, json: JSON, mode: QueryMode) throws(IoTHubError) {
        guard case .object = json else {
            throw IoTHubError(.argumentInvalid, "expected a job as a JSON object, found \(json.kind)")
        }
        // Which ids the real hub takes is not documented; those that devices may have are safe in paths and queries.
        if let problem = DeviceID.problem(with: id) {
            throw IoTHubError(.argumentInvalid, "job id '\(id.prefix(160))' \(problem)", path: "jobId")
        }
        // `GET /jobs/v2/query` lists the jobs, so one of that name could not be read.
        guard id != "query" else {
            throw IoTHubError(.argumentInvalid, "job id 'query' is taken by the listing of jobs", path: "jobId")
        }
        let given = try Self.text("jobId", in: json)
        guard given == nil || given == id else {
            throw IoTHubError(
                .argumentInvalid,
                "the body is for job '\(given?.prefix(128) ?? "")', the path for '\(id)'",
                path: "jobId"
            )
        }
        try Self.checkType(json)
        self.id = id
        write = try Self.write(json["updateTwin"] ?? .null)
        queryCondition = try Self.text("queryCondition", in: json) ?? ""
        condition = try Self.condition(queryCondition, mode)
        startTime = try Self.startTime(try Self.text("startTime", in: json))
        longest = try Self.longest(json["maxExecutionTimeInSeconds"] ?? .null)
    }

    private static func text(_ name: String, in json: JSON) throws(IoTHubError) -> String? {
        switch json[name] {
        case nil, .null: return nil
        case .string(let text): return text
        case let other:
            throw IoTHubError(.argumentInvalid, "expected '\(name)' as a text, found \(other?.kind ?? "")", path: name)
        }
    }

    private static func checkType(_ json: JSON) throws(IoTHubError) {
        switch try text("type", in: json) {
        case type: return
        case nil: throw IoTHubError(.argumentNull, "expected \"type\": \"\(type)\", found none", path: "type")
        case "scheduleDeviceMethod":
            throw IoTHubError(
                .featureNotSupported,
                "this hub has no direct methods, so it has no jobs of type scheduleDeviceMethod; it has \(type)",
                path: "type"
            )
        case let other:
            throw IoTHubError(
                .argumentInvalid,
                "'\(other?.prefix(60) ?? "")' is no type of job of this hub; it has \(type)",
                path: "type"
            )
        }
    }

    private static func write(_ json: JSON) throws(IoTHubError) -> TwinWrite {
        guard !json.isNull else {
            throw IoTHubError(.argumentNull, "expected 'updateTwin', found none", path: "updateTwin")
        }
        guard json["etag"] == "*" else {
            // The real hub's text.
            throw IoTHubError(
                .argumentInvalid,
                "Missing or invalid etag for job type ScheduleUpdateTwin. ScheduleUpdateTwin job type is a force "
                    + "update, which only accepts '*' as the Etag.",
                path: "updateTwin.etag"
            )
        }
        return try TwinWrite(json: json)
    }

    private static func condition(_ text: String, _ mode: QueryMode) throws(IoTHubError) -> QueryCondition? {
        guard !text.isEmpty else {
            throw IoTHubError(
                .argumentNull,
                "expected 'queryCondition' with a condition, or * for all devices; found none",
                path: "queryCondition"
            )
        }
        guard text.count <= QueryRequest.longestText else {
            throw IoTHubError(
                .preconditionFailed,
                "queryCondition has \(text.count) characters; at most \(QueryRequest.longestText) are allowed",
                path: "queryCondition"
            )
        }
        if text == "*" { return nil }
        do {
            return try QueryCondition(parsing: text, mode: mode)
        } catch {
            throw IoTHubError(
                .argumentInvalid,
                "SQL query parse failed due to following errors: \n\tLine \(error.line):\(error.column) found "
                    + "\(error.found); expected \(error.expected)",
                path: "queryCondition"
            )
        }
    }

    private static func startTime(_ text: String?) throws(IoTHubError) -> HubTimestamp? {
        guard let text else { return nil }
        // Python's isoformat() of a UTC time has no zone.
        if let time = try? HubTimestamp(parsing: text + "Z") { return time }
        do {
            return try HubTimestamp(parsing: text)
        } catch {
            throw IoTHubError(.argumentInvalid, "startTime: \(error.message)", path: "startTime")
        }
    }

    private static func longest(_ json: JSON) throws(IoTHubError) -> Int64 {
        if json.isNull { return defaultLongest }
        guard let seconds = json.integerValue, (1...Int64(Int32.max)).contains(seconds) else {
            throw IoTHubError(
                .argumentInvalid,
                "maxExecutionTimeInSeconds: '\(json.text.prefix(40))' is not a whole number above 0",
                path: "maxExecutionTimeInSeconds"
            )
        }
        return seconds
    }
}
