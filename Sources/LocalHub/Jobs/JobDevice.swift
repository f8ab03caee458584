import IoTHub

/// What has become of one device of a job.
struct JobDevice: Sendable {
    /// The words of Microsoft's service SDKs, which spell this one otherwise than the job's.
    enum Status: String, Sendable {
        case pending
        case running
        case completed
        case failed
        case canceled
    }

    let id: String
    let created: HubTimestamp
    private(set) var status = Status.pending
    private(set) var started: HubTimestamp?
    private(set) var ended: HubTimestamp?
    private(set) var error: IoTHubError?

    init(id: String, created: HubTimestamp) {
        self.id = id
        self.created = created
    }

    mutating func start(at time: HubTimestamp) {
        status = .running
        started = time
    }

    mutating func end(_ status: Status, _ error: IoTHubError?, at time: HubTimestamp) {
        self.status = status
        self.error = error
        ended = time
    }
}
