import DeviceClient
public import Fleet
import IoTHub
import ServiceClient

/// One run of a fleet against a hub: the seven phases from provisioning to the verdict.
public struct FleetRun: Sendable {
    private let fleet: Fleet
    private let endpoint: HubEndpoint
    private let configuration: RunConfiguration
    private let observer: RunObserver

    /// Prepares a run; nothing is sent yet.
    /// - Parameters:
    ///   - fleet: what to run.
    ///   - endpoint: where the hub is.
    ///   - configuration: settings that do not stand in the fleet file.
    ///   - observer: takes what the run tells while it goes on.
    public init(
        fleet: Fleet,
        endpoint: HubEndpoint,
        configuration: RunConfiguration = RunConfiguration(),
        observer: @escaping RunObserver = { _ in }
    ) {
        self.fleet = fleet
        self.endpoint = endpoint
        self.configuration = configuration
        self.observer = observer
    }

    /// Runs the fleet to the verdict.
    ///
    /// An interruption by `control` ends the phase under way; what is in flight is drained and the result covers what
    /// had happened until then.
    /// - Parameter control: ends the run early; nil when nobody will.
    /// - Returns: what was found out, also when it is bad.
    /// - Throws: ``RunError`` when there is nothing to report.
    public func run(control: RunControl = RunControl()) async throws -> RunResult {
        let live = LiveBooks(fleetName: fleet.name, observer: observer)
        var phases = PhaseClock(observer: live.observe)
        let usageBefore = ProcessUsage.now()

        phases.begin(.load)
        try FleetPlan.check(fleet, configuration: configuration)
        let certificates = try FleetCertificates(for: fleet, authorityOfRun: endpoint.authorityOfRun)
        let schedule = try Schedule(of: fleet)
        let address = try endpoint.address
        var result = RunResult(
            fleetName: fleet.name,
            seed: fleet.seed,
            startedEpochMicroseconds: RunClock.epochNow(),
            hubHostName: address.text,
            versions: Versions(
                twinfleet: configuration.programVersion,
                machine: Machine.description,
                fleetFingerprint: Fingerprint.of(fleet, schedule)
            )
        )
        result.devices.declared = fleet.devices.count
        result.load.plannedDuration = .microseconds(schedule.duration)
        result.generator.processors = Machine.processors
        phases.finish(
            "\(CountText.of(fleet.devices.count, "device")), \(CountText.of(schedule.changes.count, "change"))\(unpooled)"
        )
        for warning in FleetPlan.warnings(of: fleet, schedule, configuration: configuration) {
            observer(.note(warning))
        }

        let manager = try await connectBackEnd(address)
        do {
            let run = RunUnderWay(
                fleet: fleet,
                schedule: schedule,
                endpoint: endpoint,
                host: address.host,
                configuration: configuration,
                live: live,
                manager: manager,
                certificates: certificates
            )
            let telling = Task { await live.run() }
            // Nothing is told once the run has returned.
            do {
                try await run.carryOut(&result, &phases, control)
            } catch {
                telling.cancel()
                await telling.value
                throw error
            }
            telling.cancel()
            await telling.value
            try await manager.close()
        } catch {
            try? await manager.close()  // The error that brought us here is the one to tell.
            throw error
        }
        result.phases = phases.results
        result.wasInterrupted = control.isInterrupted
        let usage = ProcessUsage.now()
        result.generator.cpuSeconds = usage.cpuSeconds - usageBefore.cpuSeconds
        result.generator.peakResidentBytes = usage.peakResidentBytes
        result.thresholds = ThresholdJudge.outcomes(fleet.thresholds, of: result)
        (result.verdict, result.reasons) = VerdictJudge.judge(result, configuration: configuration)
        return result
    }

    /// What is not as the fleet file may lead one to think, for the load phase.
    private var unpooled: String {
        guard fleet.amqpPool != nil else { return "" }
        let count = fleet.devices.count { $0.transport.isAMQP && $0.auth != .sas }
        return count == 0
            ? ""
            : "; \(CountText.of(count, "AMQP device with a certificate has", "AMQP devices with certificates have")) "
                + "a connection each, for only tokens can share one"
    }

    /// Makes the back end's client and has it ask the hub one question, so that a wrong address, authority or key shows
    /// at once and not after all retries.
    private func connectBackEnd(_ address: HostAndPort) async throws -> RegistryManager {
        var options = ServiceClientOptions()
        options.trustedCAFile = endpoint.trustedCAFile
        options.maximumConnections = configuration.maximumRequests
        do {
            var once = options
            once.retryPolicy = .none
            let probe = try endpoint.makeManager(once)
            do {
                _ = try await probe.getDevice(fleet.devices.first?.id ?? "twinfleet")
                try await probe.close()
            } catch let error as ServiceClientError where error.status == 404 || error.status == 429 {
                try await probe.close()
            } catch {
                try? await probe.close()  // Its error would hide the one that matters.
                throw error
            }
            return try endpoint.makeManager(options)
        } catch {
            throw RunError(error, while: "connecting the back end", host: address.text)
        }
    }
}
