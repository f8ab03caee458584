import Fleet
import Histogram
import IoTHub
import ServiceClient

/// Sends the schedule's changes to the hub's HTTPS API when they are due, whatever became of earlier ones.
///
/// The loop is open: a late answer delays nothing but the next change of the same device, whose intended time stays.
/// (Two updates of one twin under way at once could swap places, and nobody could tell their versions apart.)
actor BackEnd {
    private let manager: RegistryManager
    private let fleet: Fleet
    private let schedule: Schedule
    private let ledger: Ledger
    private let errors: ErrorBook
    private let configuration: RunConfiguration
    private let usesBulk: Bool

    /// The next change of the schedule that is not picked up.
    private var next = 0
    /// Due changes whose device is free, oldest first; `readyHead` are gone already.
    private var ready: [Int] = []
    private var readyHead = 0
    /// Devices with a change under way.
    private var busy: Set<Int32> = []
    /// Due changes that wait for their device.
    private var waiting: [Int32: [Int]] = [:]
    private var waitingCount = 0
    private var requestsInFlight = 0
    private var isStopped = false
    private var idleWaiters: [CheckedContinuation<Void, Never>] = []

    private(set) var summary = BackEndSummary()
    private(set) var lag = LatencyHistogram()
    private var sentInBatches = 0
    private var start: Int64 = 0

    init(
        manager: RegistryManager,
        fleet: Fleet,
        schedule: Schedule,
        ledger: Ledger,
        errors: ErrorBook,
        configuration: RunConfiguration
    ) {
        self.manager = manager
        self.fleet = fleet
        self.schedule = schedule
        self.ledger = ledger
        self.errors = errors
        self.configuration = configuration
        usesBulk = schedule.askedPerSecond > configuration.bulkThresholdPerSecond
        summary.usedBulkUpdates = usesBulk
        summary.explanation =
            usesBulk
            ? "\(Int(schedule.askedPerSecond.rounded())) changes/s are asked, more than "
                + "\(Int(configuration.bulkThresholdPerSecond)), so changes due within "
                + "\(configuration.batchWindow.microseconds / 1000) ms share a request; versions are predicted and "
                + "confirmed by the values" : ""
    }

    /// Sends all changes as they get due; returns at the end of the planned duration, or of the last change's sending if
    /// that is later.
    /// - Throws: `CancellationError` when the task is cancelled; what has been sent stays under way.
    func drive(from start: Int64) async throws {
        self.start = start
        do {
            while next < schedule.changes.count {
                try await RunClock.sleep(until: nextWake())
                pickUp()
                dispatch()
            }
            while hasWork { try await waitForAnswer() }
            try await RunClock.sleep(until: start + schedule.duration)
        } catch {
            stop()
            throw error
        }
    }

    /// Changes that were due and not sent.
    var unsent: Int { ready.count - readyHead + waitingCount }
    /// Changes that the schedule asked for until now.
    var intended: Int { next }
    /// Whether a request is under way.
    var isIdle: Bool { requestsInFlight == 0 }

    private var hasWork: Bool { readyHead < ready.count || waitingCount > 0 }

    /// Ends sending; due changes that are not sent stay unsent.
    private func stop() {
        // The schedule asked for what was due by now, picked up or not.
        let now = ledger.interrupt()
        while next < schedule.changes.count, start + schedule.changes[next].intended <= now {
            ready.append(next)
            next += 1
        }
        isStopped = true
        wakeIdle()
    }

    private func nextWake() -> Int64 {
        let due = start + schedule.changes[next].intended
        guard usesBulk else { return due }
        return max(due, RunClock.now() + configuration.batchWindow.microseconds)
    }

    private func pickUp() {
        let now = RunClock.now()
        while next < schedule.changes.count {
            let change = schedule.changes[next]
            let due = start + change.intended
            guard due <= now else { break }
            lag.record(microseconds: now - due)
            if busy.contains(change.device) {
                waiting[change.device, default: []].append(next)
                waitingCount += 1
            } else {
                busy.insert(change.device)
                ready.append(next)
            }
            next += 1
        }
    }

    private func dispatch() {
        guard !isStopped else { return }
        while readyHead < ready.count, requestsInFlight < max(1, configuration.maximumRequests) {
            let most = usesBulk ? RegistryManager.largestBulk : 1
            let batch = Array(ready[readyHead..<min(readyHead + most, ready.count)])
            readyHead += batch.count
            if readyHead > 4096 {
                ready.removeFirst(readyHead)
                readyHead = 0
            }
            send(batch)
        }
    }

    private func send(_ batch: [Int]) {
        requestsInFlight += 1
        summary.requests += 1
        summary.maximumBatchSize = max(summary.maximumBatchSize, batch.count)
        summary.maximumInFlight = max(summary.maximumInFlight, requestsInFlight)
        sentInBatches += batch.count
        summary.meanBatchSize = Double(sentInBatches) / Double(summary.requests)
        let writes = batch.map { (change: $0, desired: schedule.desired(of: schedule.changes[$0], in: fleet)) }
        let now = RunClock.now()
        for write in writes {
            ledger.send(
                device: Int(schedule.changes[write.change].device),
                planned: write.change,
                desired: write.desired,
                at: now
            )
        }
        if usesBulk {
            Task { await self.sendBulk(writes) }
        } else if let write = writes.first {
            Task { await self.sendPatch(write.change, write.desired) }
        }
    }

    /// An answer frees its devices; each may have the next change waiting.
    private func finish(_ batch: [Int]) {
        requestsInFlight -= 1
        for change in batch {
            let device = schedule.changes[change].device
            if var queue = waiting[device] {
                ready.append(queue.removeFirst())
                waitingCount -= 1
                waiting[device] = queue.isEmpty ? nil : queue
            } else {
                busy.remove(device)
            }
        }
        dispatch()
        wakeIdle()
    }

    private func waitForAnswer() async throws {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                if requestsInFlight == 0 || Task.isCancelled {
                    continuation.resume()
                } else {
                    idleWaiters.append(continuation)
                }
            }
        } onCancel: {
            Task { await self.wakeIdle() }
        }
        try Task.checkCancellation()
    }

    private func wakeIdle() {
        let waiters = idleWaiters
        idleWaiters = []
        for waiter in waiters { waiter.resume() }
    }

    // MARK: One request

    private nonisolated func sendPatch(_ change: Int, _ desired: JSONObject) async {
        let device = Int(schedule.changes[change].device)
        do {
            let twin = try await manager.updateTwin(
                fleet.devices[device].id,
                patch: ["properties": ["desired": .object(desired)]]
            )
            ledger.accept(
                device: device,
                version: twin.properties.desired.version,
                lastUpdatedEpoch: twin.properties.desired.lastUpdated?.microsecondsSinceEpoch ?? 0,
                at: RunClock.now()
            )
        } catch {
            await failed(device, error)
        }
        await finish([change])
    }

    private nonisolated func sendBulk(_ writes: [(change: Int, desired: JSONObject)]) async {
        do {
            let result = try await manager.updateTwins2(
                writes.map { write in
                    let device = Int(schedule.changes[write.change].device)
                    return TwinUpdate(deviceID: fleet.devices[device].id, desired: write.desired)
                }
            )
            let now = RunClock.now()
            var refused: [String: BulkError] = [:]
            for error in result.errors { refused[error.deviceID] = error }
            for write in writes {
                let device = Int(schedule.changes[write.change].device)
                let id = fleet.devices[device].id
                if let error = refused.isEmpty ? nil : refused[id] {
                    errors.add(
                        "update refused: \(error.code?.name ?? error.status)",
                        phase: .drive,
                        deviceID: id
                    )
                    ledger.reject(device: device, at: now)
                } else {
                    ledger.accept(device: device, version: nil, lastUpdatedEpoch: 0, at: now)
                }
            }
        } catch {
            for write in writes { await failed(Int(schedule.changes[write.change].device), error) }
        }
        await finish(writes.map(\.change))
    }

    /// Finds out what became of a change whose request failed.
    private nonisolated func failed(_ device: Int, _ error: any Error) async {
        let id = fleet.devices[device].id
        let failure = error as? ServiceClientError
        errors.add("update: \(failure?.shortReason ?? "\(error)")", phase: .drive, deviceID: id)
        guard failure?.mayHaveBeenApplied ?? true else { return ledger.reject(device: device, at: RunClock.now()) }
        await noteResolution()
        do {
            let twin = try await manager.getTwin(id)
            let version = twin.properties.desired.version ?? 0
            if version >= ledger.expectedVersion(device: device) {
                ledger.accept(
                    device: device,
                    version: ledger.expectedVersion(device: device),
                    lastUpdatedEpoch: twin.properties.desired.lastUpdated?.microsecondsSinceEpoch ?? 0,
                    at: RunClock.now()
                )
            } else {
                ledger.reject(device: device, at: RunClock.now())
            }
        } catch {
            // Nobody can say; unless the device sees it, the books will end it as lost.
            errors.add(
                "update: its fate is unknown: \((error as? ServiceClientError)?.shortReason ?? "\(error)")",
                phase: .drive,
                deviceID: id
            )
        }
    }

    private func noteResolution() { summary.resolutions += 1 }
}
