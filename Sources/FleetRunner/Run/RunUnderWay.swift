import Fleet
import IoTHub
import ServiceClient

/// The phases of one run that has a hub.
struct RunUnderWay: Sendable {
    let fleet: Fleet
    let schedule: Schedule
    let endpoint: HubEndpoint
    /// The hub's name without port.
    let host: String
    let configuration: RunConfiguration
    let live: LiveBooks
    let manager: RegistryManager
    let certificates: FleetCertificates
    /// Below so many devices, what the process grew by says more of everything else than of them.
    private static let fewestForMemory = 200

    private let errors = ErrorBook()
    private let limits: HubLimits
    private let groups: DeviceGroups
    private let counters: DeviceCounters
    private let ledger: Ledger

    init(
        fleet: Fleet,
        schedule: Schedule,
        endpoint: HubEndpoint,
        host: String,
        configuration: RunConfiguration,
        live: LiveBooks,
        manager: RegistryManager,
        certificates: FleetCertificates
    ) {
        self.fleet = fleet
        self.schedule = schedule
        self.endpoint = endpoint
        self.host = host
        self.configuration = configuration
        self.live = live
        self.manager = manager
        self.certificates = certificates
        limits = HubLimits(of: fleet.hub)
        groups = DeviceGroups(of: fleet)
        counters = DeviceCounters(groups: groups)
        ledger = Ledger(groups: groups, schedule: schedule)
    }

    /// Carries out provision to verify.
    func carryOut(_ result: inout RunResult, _ phases: inout PhaseClock, _ control: RunControl) async throws {
        live.begin(
            hubHostName: result.hubHostName,
            LiveBooks.Sources(groups: groups, schedule: schedule, ledger: ledger, counters: counters, errors: errors)
        )
        let provisioner = Provisioner(
            manager: manager,
            fleet: fleet,
            certificates: certificates,
            limits: limits,
            configuration: configuration,
            progress: progress(.provision, fleet.devices.count)
        )
        do {
            let isProvisioned = try await provision(provisioner, &result, &phases, control)
            let (pool, books) = isProvisioned ? try await work(provisioner, &result, &phases, control) : (nil, nil)
            await verify(books, pool, provisioner, &result, &phases, control)
        } catch {
            // There will be no report; the devices that were made for it go all the same.
            if configuration.cleansUp { _ = await provisioner.removeCreated() }
            throw error
        }
    }

    /// Connects the devices and drives them.
    /// - Returns: their clients, still open, and the books; nil when the run was interrupted before it drove.
    private func work(
        _ provisioner: Provisioner,
        _ result: inout RunResult,
        _ phases: inout PhaseClock,
        _ control: RunControl
    ) async throws -> (DevicePool, RunBooks?) {
        let memoryBefore = ProcessUsage.residentBytes()
        let pool = try await DevicePool(
            fleet: fleet,
            outcome: provisioner.outcome,
            endpoint: endpoint,
            hostName: host,
            configuration: configuration,
            limits: limits,
            ledger: ledger,
            counters: counters,
            errors: errors
        )
        do {
            try await connect(pool, &result, &phases, control)
            if result.devices.ready >= Self.fewestForMemory {
                let growth = ProcessUsage.residentBytes() - memoryBefore
                result.generator.residentBytesPerDevice = growth / Int64(result.devices.ready)
            }
            return (pool, control.isInterrupted ? nil : try await drive(pool, &result, &phases, control))
        } catch {
            await pool.close()
            throw error
        }
    }

    private func progress(_ phase: RunPhase, _ total: Int) -> @Sendable (Int, Int) -> Void {
        let progress = PhaseProgress(phase, total: total, observer: live.observe)
        return { done, failed in progress.report(done: done, failed: failed) }
    }

    // MARK: Provision, connect, ready

    /// - Returns: whether all of it was done: false when the run was interrupted.
    private func provision(
        _ provisioner: Provisioner,
        _ result: inout RunResult,
        _ phases: inout PhaseClock,
        _ control: RunControl
    ) async throws -> Bool {
        phases.begin(.provision, total: fleet.devices.count)
        let isWhole = try await control.runInterruptibly { try await provisioner.provision() }
        let outcome = provisioner.outcome
        result.devices.created = outcome.created.count
        result.devices.existing = outcome.existing
        for (index, reason) in outcome.refused {
            errors.add(reason, phase: .provision, deviceID: fleet.devices[index].id)
        }
        var summary = "\(CountText.of(outcome.created.count)) created, \(CountText.of(outcome.existing)) existing"
        if outcome.retagged > 0 { summary += ", tags of \(CountText.of(outcome.retagged)) changed" }
        if outcome.rethumbed > 0 { summary += ", thumbprints of \(CountText.of(outcome.rethumbed)) added" }
        if !outcome.refused.isEmpty { summary += ", \(CountText.of(outcome.refused.count)) refused" }
        phases.finish(summary)
        if outcome.refused.count == fleet.devices.count {
            let reason = outcome.refused.values.first ?? ""
            throw RunError(.provisioningFailed, "the hub \(host) refused every device: \(reason)")
        }
        return isWhole
    }

    private func connect(
        _ pool: DevicePool,
        _ result: inout RunResult,
        _ phases: inout PhaseClock,
        _ control: RunControl
    ) async throws {
        let total = pool.devices.count { $0 != nil }
        phases.begin(.connect, total: total)
        let tellConnected = progress(.connect, total)
        _ = try await control.runInterruptibly { [live] in
            await pool.connect(progress: tellConnected) { live.observe(.note($0)) }
        }
        result.devices.connected = pool.connectedCount
        let fallbacks = TransportUse.count(await pool.transports()).reduce(0) { $0 + $1.fallbacks }
        let fallback =
            fallbacks > 0 ? ", \(CountText.of(fallbacks)) over a WebSocket where TCP did not get through" : ""
        phases.finish("\(CountText.of(pool.connectedCount)) of \(CountText.of(total)) connected\(fallback)")
        if control.isInterrupted { return noteReady(pool, &result) }
        try stopIfNone(pool.connectedCount, "connected", pool)

        phases.begin(.ready, total: pool.connectedCount)
        let tellReady = progress(.ready, pool.connectedCount)
        _ = try await control.runInterruptibly { await pool.makeReady(progress: tellReady) }
        noteReady(pool, &result)
        phases.finish("\(CountText.of(result.devices.ready)) of \(CountText.of(total)) ready")
        if !control.isInterrupted { try stopIfNone(result.devices.ready, "got ready", pool) }
    }

    private func noteReady(_ pool: DevicePool, _ result: inout RunResult) {
        result.devices.ready = pool.readyDevices.count
        result.devices.notReady = pool.notReady
    }

    private func stopIfNone(_ count: Int, _ what: String, _ pool: DevicePool) throws {
        guard count == 0 else { return }
        throw RunError(
            .noDeviceReady,
            "no device \(what) to \(host):\(ports): \(pool.firstFailure ?? "no reason known")"
        )
    }

    /// The ports that the fleet's devices connect to.
    private var ports: String {
        let transports = Set(fleet.devices.map(\.transport)).sorted { $0.rawValue < $1.rawValue }
        var ports: [Int] = []
        for port in transports.flatMap(endpoint.ports) where !ports.contains(port) { ports.append(port) }
        return ports.map(String.init).joined(separator: " and ")
    }

    // MARK: Drive and drain

    private func drive(
        _ pool: DevicePool,
        _ result: inout RunResult,
        _ phases: inout PhaseClock,
        _ control: RunControl
    ) async throws -> RunBooks {
        let backEnd = BackEnd(
            manager: manager,
            fleet: fleet,
            schedule: schedule,
            ledger: ledger,
            errors: errors,
            configuration: configuration
        )
        phases.begin(.drive, total: Int(schedule.duration / 1_000_000))
        let usage = ProcessUsage.now()
        let start = RunClock.now()
        let startEpoch = RunClock.epochNow()
        ledger.begin(at: start)
        let sampler = Sampler(
            ledger: ledger,
            schedule: schedule,
            counters: counters,
            start: start,
            live: live
        )
        let sampling = Task { await sampler.run() }
        defer { sampling.cancel() }
        _ = try await control.runInterruptibly { try await backEnd.drive(from: start) }
        let driven = RunClock.now()
        result.generator.driveCPUSeconds = ProcessUsage.now().cpuSeconds - usage.cpuSeconds
        result.generator.threads = ProcessUsage.threads()
        result.generator.openFiles = ProcessUsage.openFiles()
        phases.finish("\(CountText.of(ledger.totals.sent)) sent, \(CountText.of(ledger.totals.accepted)) accepted")

        phases.begin(.drain)
        let isDrained = await drain(backEnd)
        let drained = RunClock.now()
        sampling.cancel()
        await sampling.value
        await sampler.finish()
        phases.finish(isDrained ? "nothing left in flight" : "\(CountText.of(ledger.totals.inFlight)) still in flight")

        let closed = ledger.close()
        let books = RunBooks(
            fleet: fleet,
            schedule: schedule,
            entries: closed.entries,
            start: start,
            driven: driven,
            drained: drained,
            epochOffset: startEpoch - start,
            intended: await backEnd.intended,
            unsent: await backEnd.unsent
        )
        result.backEnd = await backEnd.summary
        result.driveStartedEpochMicroseconds = startEpoch
        result.load = books.load(lag: await backEnd.lag)
        result.accounting = books.accounting(totals: closed.totals, reconnects: counters.total.reconnects)
        result.foreignDevices = closed.foreignDevices.prefix(100).map { fleet.devices[$0].id }
        result.timeline = books.timeline(samples: await sampler.rows)
        return books
    }

    /// Waits until nothing is in flight.
    /// - Returns: whether that came true within the limit.
    private func drain(_ backEnd: BackEnd) async -> Bool {
        let end = RunClock.now() + configuration.drainLimit.microseconds
        while true {
            let totals = ledger.totals
            if await backEnd.isIdle, totals.inFlight <= 0, totals.acknowledged >= totals.seen { return true }
            guard RunClock.now() < end else { return false }
            // A second interruption ends the program, so this wait needs no cancellation of its own.
            try? await Task.sleep(for: .milliseconds(10))
        }
    }

    // MARK: Verify

    private func verify(
        _ books: RunBooks?,
        _ pool: DevicePool?,
        _ provisioner: Provisioner,
        _ result: inout RunResult,
        _ phases: inout PhaseClock,
        _ control: RunControl
    ) async {
        let subjects = books?.subjects ?? []
        phases.begin(.verify, total: subjects.count)
        let verifier = Verifier(manager: manager, fleet: fleet, limits: limits, configuration: configuration)
        let verified = await verifier.verify(subjects, progress: progress(.verify, subjects.count))
        let transports = await pool?.transports() ?? []
        result.devices.transports = TransportUse.count(transports)
        result.verifiedDevices = verified.verified
        result.mismatches = verified.mismatches
        if var books {
            books.learn(verified.lastUpdated)
            let (tables, clocks) = books.latencies(
                transports: transports,
                isOnThisMachine: endpoint.isOnThisMachine
            )
            result.latencies = tables
            result.clocks = clocks
            result.changes = books.log
        }
        var summary = verified.mismatches.summary(compared: verified.verified)
        if books != nil, let pool, !fleet.queries.isEmpty {
            result.queries = await askQueries(provisioner.outcome, pool, control)
            let agreed = result.queries.count { $0.agrees }
            let queries = CountText.of(result.queries.count, "query agrees", "queries agree")
            summary += ", \(agreed) of \(queries)"
        }
        // Before they are closed, and after all the time that the hub's answers took for coming back.
        result.devices.disconnected = books == nil ? [] : await pool?.disconnected() ?? []
        await pool?.close()
        if configuration.cleansUp {
            let (removed, failure) = await provisioner.removeCreated()
            result.devices.removed = removed
            summary += ", \(CountText.of(removed, "device")) removed"
            if let failure { errors.add("removing devices: \(failure)", phase: .verify) }
        }
        result.errors = errors.all
        result.accounting.errors = result.errors.reduce(0) { $0 + $1.count }
        phases.finish(summary)
    }

    /// Asks the hub the fleet's queries; an interruption ends the waiting for its index.
    private func askQueries(
        _ outcome: Provisioner.Outcome,
        _ pool: DevicePool,
        _ control: RunControl
    ) async -> [QueryOutcome] {
        let provisioned = Set(fleet.devices.indices).subtracting(outcome.refused.keys)
        let ready = Set(pool.readyDevices)
        let reader = QueryReader(
            manager: manager,
            pageSize: configuration.queryPageSize,
            pagesPerSecond: limits.queriesPerSecond
        )
        let patience = configuration.queryPatience
        let check = QueryCheck(
            patience: patience,
            clock: QueryCheck.Clock(now: RunClock.now) { pause in
                // Only an interruption ends the sleep early, and it is told by the result.
                (try? await control.runInterruptibly { try await Task.sleep(for: pause) }) ?? false
            },
            ask: { (statement) throws(QueryCheck.Failure) in try await reader.read(statement) },
            progress: { [live, limits] agreed, total, elapsed in
                live.observe(
                    .queries(
                        agreed: agreed,
                        total: total,
                        elapsed: elapsed,
                        patience: patience,
                        pagesPerSecond: limits.queriesPerSecond
                    )
                )
            }
        )
        return await check.check(
            fleet.queries.map { QueryExpectation($0, of: fleet, provisioned: provisioned, ready: ready) }
        )
    }
}
