import IoTHub
import NIOConcurrencyHelpers

/// The hub's jobs, in the order in which they were made.
///
/// They live in memory only: a hub that stops forgets them, and a job under way ends where it is.
final class JobList: Sendable {
    /// Jobs that may be under way or wait; the real hub counts by its tier.
    private static let mostUnfinished = 1000
    /// Finished jobs that are remembered; the real hub remembers 30 days.
    private static let mostFinished = 1000
    /// Devices of finished jobs that are remembered.
    private static let mostFinishedDevices = 1_000_000

    private struct State {
        /// By number; numbers grow with each job, so that a page can go on where the last one ended.
        var jobs: [Int: Job] = [:]
        var numbers: [String: Int] = [:]
        /// The numbers in ascending order.
        var order: [Int] = []
        var lastNumber = 0

        /// Makes room, so that a hub that runs for long does not fill the memory with what is over.
        mutating func forgetOldest() {
            let over = order.filter { jobs[$0]?.isOver == true }
            var jobsOver = over.count
            var devicesOver = over.reduce(0) { $0 + (jobs[$1]?.devices.count ?? 0) }
            for number in over where jobsOver >= mostFinished || devicesOver > mostFinishedDevices {
                guard let job = jobs.removeValue(forKey: number) else { continue }
                numbers[job.request.id] = nil
                jobsOver -= 1
                devicesOver -= job.devices.count
            }
            order.removeAll { jobs[$0] == nil }
        }
    }

    private let state = NIOLockedValueBox(State())

    /// Takes a new job in.
    /// - Returns: its number and the job.
    /// - Throws: `IoTHubError`: `jobAlreadyExists`, or `jobQuotaExceeded` when too many are not done yet.
    func add(_ request: JobRequest, at time: HubTimestamp) throws(IoTHubError) -> (number: Int, job: Job) {
        let result: Result<(Int, Job), IoTHubError> = state.withLockedValue { state in
            guard state.numbers[request.id] == nil else {
                return .failure(IoTHubError(.jobAlreadyExists, "A job with ID '\(request.id)' already exists."))
            }
            state.forgetOldest()
            guard state.jobs.values.count(where: { !$0.isOver }) < Self.mostUnfinished else {
                return .failure(
                    IoTHubError(.jobQuotaExceeded, "\(Self.mostUnfinished) jobs are not done yet; wait or cancel some")
                )
            }
            state.lastNumber += 1
            let job = Job(request, at: time)
            state.jobs[state.lastNumber] = job
            state.numbers[request.id] = state.lastNumber
            state.order.append(state.lastNumber)
            return .success((state.lastNumber, job))
        }
        return try result.get()
    }

    /// A job by its id.
    /// - Throws: `IoTHubError` with `jobNotFound`.
    func job(_ id: String) throws(IoTHubError) -> Job {
        guard let job = state.withLockedValue({ state in state.numbers[id].flatMap { state.jobs[$0] } }) else {
            throw Self.notFound(id)
        }
        return job
    }

    /// Cancels a job; one that is over stays as it is.
    /// - Returns: the job as it is then.
    /// - Throws: `IoTHubError` with `jobNotFound`.
    func cancel(_ id: String, at time: HubTimestamp) throws(IoTHubError) -> Job {
        let job: Job? = state.withLockedValue { state in
            guard let number = state.numbers[id] else { return nil }
            state.jobs[number]?.cancel(at: time)
            return state.jobs[number]
        }
        guard let job else { throw Self.notFound(id) }
        return job
    }

    /// Changes a job; nil when it is forgotten.
    @discardableResult
    func update<Result: Sendable>(_ number: Int, _ body: (inout Job) -> Result) -> Result? {
        state.withLockedValue { state in
            guard let index = state.jobs.index(forKey: number) else { return nil }
            return body(&state.jobs.values[index])
        }
    }

    /// Calls `body` for each job after a number, until it returns false.
    func forEach(after number: Int, _ body: (Int, Job) -> Bool) {
        let numbers = state.withLockedValue { state in state.order.filter { $0 > number } }
        for number in numbers {
            guard let job = state.withLockedValue({ $0.jobs[number] }) else { continue }
            guard body(number, job) else { return }
        }
    }

    /// Calls `body` for each row of `devices.jobs` from a place on, with the place right after it, until it returns
    /// false.
    func forEachRow(from start: (job: Int, row: Int), _ body: (QueryPosition.Place, JSON) -> Bool) {
        forEach(after: max(start.job, 1) - 1) { number, job in
            for (row, device) in job.devices.enumerated().dropFirst(number == start.job ? start.row : 0) {
                guard body(.job(number, row: row + 1), job.row(device)) else { return false }
            }
            return true
        }
    }

    private static func notFound(_ id: String) -> IoTHubError {
        IoTHubError(.jobNotFound, "there is no job '\(id.prefix(DeviceID.maximumLength))'")
    }
}
