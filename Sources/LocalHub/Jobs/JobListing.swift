import IoTHub

/// A listing of jobs, by type and status.
///
/// Source: Azure IoT Hub service REST API, "Jobs - Query Scheduled Jobs".
struct JobListing: Sendable {
    private let type: String?
    private let status: String?

    /// Reads the parameters; their values compare without case, since the SDKs differ.
    /// - Throws: `IoTHubError` with `argumentInvalid` for a type or status that there is none of.
    init(parameters: [String: String]) throws(IoTHubError) {
        type = try Self.value(
            "jobType",
            in: parameters,
            among: [JobRequest.type, "scheduleDeviceMethod", "unknown", "export", "import"]
        )
        status = try Self.value(
            "jobStatus",
            in: parameters,
            among: Job.Status.allCases.map(\.rawValue) + ["unknown", "enqueued"]
        )
    }

    /// The listing as a text that a continuation token is bound to.
    var text: String { "jobs \(type ?? "*") \(status ?? "*")" }

    /// One page of the jobs, the oldest first.
    /// - Throws: `IoTHubError` with `argumentInvalid` for bad paging headers.
    func page(of jobs: JobList, _ paging: Paging) throws(IoTHubError) -> QueryPage {
        var start = 0
        if let position = try paging.position(in: text) {
            guard case .job(let number, _) = position.place else { throw ContinuationToken.refusal }
            start = number
        }
        var builder = QueryPage.Builder(pageSize: try paging.pageSize())
        jobs.forEach(after: start) { number, job in
            guard type ?? JobRequest.type == JobRequest.type, status ?? job.status.rawValue == job.status.rawValue
            else { return true }
            return builder.add(.job(number, row: 0)) { .object(job.json) }
        }
        return builder.page(.jobResponse)
    }

    private static func value(
        _ name: String,
        in parameters: [String: String],
        among values: [String]
    ) throws(IoTHubError) -> String? {
        guard let text = parameters[name], !text.isEmpty else { return nil }
        guard let value = values.first(where: { $0.lowercased() == text.lowercased() }) else {
            throw IoTHubError(
                .argumentInvalid,
                "\(name)=\(text.prefix(40)) is none of \(values.joined(separator: ", "))"
            )
        }
        return value
    }
}
