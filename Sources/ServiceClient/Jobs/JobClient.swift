public import IoTHub
import NIOHTTP1

/// Changes of many twins that the hub itself carries out: jobs.
///
/// A job names its devices by a condition, starts now or later, and is looked at with ``getJob(_:)`` until it is over;
/// what became of each device is in the query `SELECT * FROM devices.jobs`. Closing, cancelling, errors and retries are
/// as with ``RegistryManager``.
///
/// Source: Azure IoT Hub documentation, "Schedule jobs on multiple devices"; `JobClient` of Microsoft's .NET service SDK.
public final class JobClient: Sendable {
    private let connection: HubConnection

    init(connection: HubConnection) {
        self.connection = connection
    }

    /// Creates a client from the connection string of a shared access policy with *service connect*.
    ///
    /// - Parameters:
    ///   - connectionString: `HostName=…;SharedAccessKeyName=…;SharedAccessKey=…`; the host may carry a port.
    ///   - options: Time limits, retries, the authorities to trust.
    /// - Returns: The client; close it in the end.
    /// - Throws: `IoTHubError` for a malformed connection string, ``ServiceClientError`` for one that is not a policy's
    ///   and for an unreadable file of authorities.
    public static func create(
        connectionString: String,
        options: ServiceClientOptions = ServiceClientOptions()
    ) throws -> JobClient {
        JobClient(connection: try HubConnection.make(connectionString: connectionString, options: options))
    }

    /// Creates a client that proves itself by Microsoft Entra; see ``RegistryManager/create(hostName:credential:options:)``.
    ///
    /// - Parameters:
    ///   - hostName: The hub's address, such as `myhub.azure-devices.net`; it may carry a port.
    ///   - credential: Gets the access tokens.
    ///   - options: Time limits, retries, the authorities to trust.
    /// - Returns: The client; close it in the end.
    /// - Throws: ``ServiceClientError`` for a bad host name and for an unreadable file of authorities.
    public static func create(
        hostName: String,
        credential: any TokenCredential,
        options: ServiceClientOptions = ServiceClientOptions()
    ) throws -> JobClient {
        JobClient(connection: try HubConnection.make(hostName: hostName, credential: credential, options: options))
    }

    /// Closes the connections; calls under way fail.
    ///
    /// Closing twice does nothing.
    public func close() async throws {
        try await connection.close()
    }

    /// Schedules an update of all twins that meet a condition, whatever their entity tags.
    ///
    /// It is not tried again when its fate is unknown; ``getJob(_:)`` tells whether the hub has it.
    ///
    /// - Parameters:
    ///   - jobID: A new id of your own.
    ///   - queryCondition: What would stand behind WHERE in a query, such as `tags.location.plant = 'Redmond43'`; `*` for
    ///     all devices.
    ///   - twin: What to merge: see `Twin.changes`.
    ///   - startTime: When to start; a time that is over starts it at once.
    ///   - maxExecutionTime: How long it may take, whole seconds from 1. `nil`: as the hub likes.
    /// - Returns: The job as the hub has taken it.
    /// - Throws: ``ServiceClientError``, with the code `JobAlreadyExists` for an id that was used.
    @discardableResult
    public func scheduleTwinUpdate(
        jobID: String,
        queryCondition: String,
        twin: Twin,
        startTime: HubTimestamp = .now(),
        maxExecutionTime: Duration? = nil
    ) async throws -> JobResponse {
        var request = HubRequest(method: .PUT, path: path(jobID), isRepeatable: false)
        let check = WriteCheck(operation: request.name)
        let write = twin.changes
        guard write.tags != nil || write.desired != nil else {
            throw check.refuse("the twin has nothing to write; expected tags or desired properties")
        }
        try check.twin(write)
        var update = write.json
        // A job always overwrites, and says so.
        update["etag"] = "*"
        var body: JSONObject = [
            "jobId": .string(jobID), "type": .string(JobType.scheduleUpdateTwin.rawValue),
            "updateTwin": .object(update), "queryCondition": .string(queryCondition),
            "startTime": .string(startTime.description),
        ]
        if let seconds = maxExecutionTime?.components.seconds {
            guard seconds > 0 else { throw check.refuse("maxExecutionTime is \(seconds) s; expected 1 or more") }
            body["maxExecutionTimeInSeconds"] = .integer(seconds)
        }
        request.body = body.serialized()
        return try await connection.value(of: request) { try JobResponse(json: $0) }
    }

    /// Reads a job.
    ///
    /// - Parameter jobID: Its id.
    /// - Returns: The job and how far it has come.
    /// - Throws: ``ServiceClientError``, with the code `JobNotFound` for an unknown id.
    public func getJob(_ jobID: String) async throws -> JobResponse {
        try await connection.value(of: .get(path(jobID))) { try JobResponse(json: $0) }
    }

    /// Ends a job before its time; twins that it has changed already stay changed.
    ///
    /// - Parameter jobID: Its id.
    /// - Returns: The job.
    /// - Throws: ``ServiceClientError``, with the code `JobNotFound` for an unknown id.
    @discardableResult
    public func cancelJob(_ jobID: String) async throws -> JobResponse {
        var request = HubRequest(method: .POST, path: "\(path(jobID))/cancel", isRepeatable: false)
        request.body = []
        return try await connection.value(of: request) { try JobResponse(json: $0) }
    }

    private func path(_ jobID: String) -> String { "/jobs/v2/\(PercentEncoding.encode(jobID))" }
}
