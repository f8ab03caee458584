import IoTHub
import TwinQuery

/// Carries jobs out in small steps in the background.
struct JobRunner: Sendable {
    let registry: TwinRegistry
    let jobs: JobList
    let scan: DeviceScan
    let background: any BackgroundWork

    /// Twins changed in one step.
    private static let stepSize = 64
    /// A wait is looked at again after this many seconds at the latest, since clocks may be set.
    private static let longestWait: Int64 = 3600

    /// Takes a job in and sees to it that it runs.
    /// - Returns: the job as it is before it starts.
    /// - Throws: `IoTHubError`: `jobAlreadyExists`, `jobQuotaExceeded`, or `serviceUnavailable` while the storage fails.
    func start(_ request: JobRequest) throws(IoTHubError) -> Job {
        try registry.admitWrite()
        let (number, job) = try jobs.add(request, at: registry.now())
        wait(number, until: job.startTime)
        return job
    }

    private func wait(_ number: Int, until time: HubTimestamp) {
        let now = registry.now()
        guard time > now else {
            continueSoon { begin(number) }
            return
        }
        // Rounded up, so that it is not too early.
        let seconds = (time.ticksSinceEpoch - now.ticksSinceEpoch + 9_999_999) / 10_000_000
        background.run(after: min(seconds, Self.longestWait)) { wait(number, until: time) }
    }

    private func begin(_ number: Int) {
        let request = jobs.update(number) { job in job.start(at: registry.now()) ? job.request : nil }
        guard case .some(.some(let request)) = request else { return }
        var ids: [String] = []
        do {
            try scan.forEach { snapshot in
                if request.condition?.matches(TwinRow(snapshot)) ?? true { ids.append(snapshot.twin.deviceID) }
                return true
            }
        } catch {
            jobs.update(number) { $0.fail(error.message, at: registry.now()) }
            return
        }
        jobs.update(number) { [ids] in $0.found(ids, at: registry.now()) }
        step(number, request.write)
    }

    private func step(_ number: Int, _ write: TwinWrite) {
        let now = registry.now()
        let chunk = jobs.update(number) { job in
            job.take(Self.stepSize, at: now).map { range in (range.lowerBound, job.devices[range].map(\.id)) }
        }
        guard case .some(.some((let first, let ids))) = chunk else {
            end(number)
            return
        }
        for (offset, id) in ids.enumerated() {
            var refusal: IoTHubError?
            do { _ = try registry.patchTwin(id, with: write) } catch { refusal = error }
            jobs.update(number) { [refusal] in $0.ended(first + offset, with: refusal, at: registry.now()) }
        }
        continueSoon { step(number, write) }
    }

    /// A job is done when its changes will last.
    private func end(_ number: Int) {
        registry.whenDurable { result in
            jobs.update(number) { job in
                switch result {
                case .success: job.complete(at: registry.now())
                case .failure(let error): job.fail(error.message, at: registry.now())
                }
            }
        }
    }

    /// Lets others have their turn first.
    private func continueSoon(_ work: @escaping @Sendable () -> Void) {
        if !background.run(work) { background.run(after: 1, work) }
    }
}
