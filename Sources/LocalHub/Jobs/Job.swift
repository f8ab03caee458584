import IoTHub

/// A job and how far it has come; a plain value that is told what happens and when.
struct Job: Sendable {
    /// What has become of a job.
    enum Status: String, Sendable, CaseIterable {
        /// It is to start at once.
        case queued
        /// It is to start later.
        case scheduled
        case running
        /// It has gone through all its devices, with or without success.
        case completed
        /// It has not gone through all its devices.
        case failed
        case cancelled
    }

    let request: JobRequest
    let createdTime: HubTimestamp
    private(set) var status: Status
    private(set) var startTime: HubTimestamp
    private(set) var endTime: HubTimestamp?
    private(set) var failureReason: String?
    /// One for each device, from the moment the job starts.
    private(set) var devices: [JobDevice] = []
    /// How many devices there are of each status, since a job may have a million and be looked at often.
    private(set) var counts: [JobDevice.Status: Int] = [:]
    /// The first device that is still to come.
    private var next = 0

    init(_ request: JobRequest, at time: HubTimestamp) {
        self.request = request
        createdTime = time
        startTime = max(request.startTime ?? time, time)
        status = startTime > time ? .scheduled : .queued
    }

    /// Whether nothing will change any more.
    var isOver: Bool {
        switch status {
        case .queued, .scheduled, .running: false
        case .completed, .failed, .cancelled: true
        }
    }

    /// When it must be done.
    private var deadline: HubTimestamp {
        HubTimestamp(ticksSinceEpoch: startTime.ticksSinceEpoch + request.longest * 10_000_000)
    }

    /// Starts.
    /// - Returns: whether there is something to do: not for a job that was cancelled before.
    mutating func start(at time: HubTimestamp) -> Bool {
        guard !isOver else { return false }
        status = .running
        startTime = time
        return true
    }

    /// Takes in the devices that meet the condition.
    mutating func found(_ ids: [String], at time: HubTimestamp) {
        guard !isOver else { return }
        devices = ids.map { JobDevice(id: $0, created: time) }
        counts = [.pending: ids.count]
    }

    /// Picks the devices that are next.
    /// - Returns: their places in `devices`; nil when there is nothing more to do, since all are done or the job's time
    ///   or the job itself is over.
    mutating func take(_ count: Int, at time: HubTimestamp) -> Range<Int>? {
        guard !isOver, next < devices.count else { return nil }
        guard time < deadline else {
            fail("the job was not done within \(request.longest) seconds", at: time)
            return nil
        }
        let range = next..<min(next + count, devices.count)
        for index in range { change(index) { $0.start(at: time) } }
        next = range.upperBound
        return range
    }

    /// Takes in what became of a device that `take` gave.
    mutating func ended(_ index: Int, with error: IoTHubError?, at time: HubTimestamp) {
        change(index) { $0.end(error == nil ? .completed : .failed, error, at: time) }
    }

    /// All devices are done and their twins are kept.
    mutating func complete(at time: HubTimestamp) {
        guard !isOver else { return }
        status = .completed
        endTime = time
    }

    /// The job cannot go on.
    mutating func fail(_ reason: String, at time: HubTimestamp) {
        guard !isOver else { return }
        status = .failed
        failureReason = reason
        endTime = time
        abandonRest(.failed, at: time)
    }

    /// Ends the job before its time; those devices stay changed that were reached already.
    mutating func cancel(at time: HubTimestamp) {
        guard !isOver else { return }
        status = .cancelled
        endTime = time
        abandonRest(.canceled, at: time)
    }

    private mutating func abandonRest(_ status: JobDevice.Status, at time: HubTimestamp) {
        for index in next..<devices.count { change(index) { $0.end(status, nil, at: time) } }
        next = devices.count
    }

    private mutating func change(_ index: Int, _ body: (inout JobDevice) -> Void) {
        counts[devices[index].status, default: 0] -= 1
        body(&devices[index])
        counts[devices[index].status, default: 0] += 1
    }
}
