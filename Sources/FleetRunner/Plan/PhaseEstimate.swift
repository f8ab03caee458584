import Fleet
import ServiceClient

/// How long a phase will take.
public struct PhaseEstimate: Sendable, Hashable {
    /// Where the figure comes from.
    public enum Basis: String, Sendable, Hashable {
        /// The fleet file says so.
        case planned
        /// The run goes at a pace that the file or the tier sets.
        case paced
        /// The pace is more than was measured on two processors, or than the tier permits, so that it may well take longer.
        case atLeast
        /// It goes as fast as machine and hub can; there is no figure.
        case unpaced
    }

    /// Which phase.
    public var phase: RunPhase
    /// How long it takes; nil when nobody can say.
    public var duration: Duration?
    /// Where that comes from.
    public var basis: Basis
    /// What is done, in words.
    public var text: String

    /// Estimates the phases of a run, from provision to verify.
    static func estimates(
        of fleet: Fleet,
        _ planned: PlannedFleet,
        _ needs: MachineNeeds,
        limits: HubLimits,
        configuration: RunConfiguration
    ) -> [PhaseEstimate] {
        let estimator = PhaseEstimator(
            fleet: fleet,
            planned: planned,
            needs: needs,
            limits: limits,
            configuration: configuration
        )
        return [
            estimator.provision, estimator.connect, estimator.ready,
            PhaseEstimate(
                phase: .drive,
                duration: fleet.duration,
                basis: .planned,
                text: "\(CountText.of(planned.changes, "change")), \(rate(planned.changesPerSecond)) on average"
            ),
            PhaseEstimate(
                phase: .drain,
                duration: nil,
                basis: .unpaced,
                text: "until nothing is in flight, \(configuration.drainLimit.components.seconds) s at most"
            ),
            estimator.verify,
        ]
    }

    /// Such as "6,000/s", "0.5/s" or "1.67/s".
    static func rate(_ perSecond: Double) -> String {
        let hundredths = Int(min((perSecond * 100).rounded(), 1e15))
        let (whole, rest) = (CountText.of(hundredths / 100), hundredths % 100)
        if rest == 0 { return "\(whole)/s" }
        return rest % 10 == 0 ? "\(whole).\(rest / 10)/s" : "\(whole).\(rest < 10 ? "0" : "")\(rest)/s"
    }
}

/// Works the phases out: the same arithmetic as the run's own pacing.
private struct PhaseEstimator {
    let fleet: Fleet
    let planned: PlannedFleet
    let needs: MachineNeeds
    let limits: HubLimits
    let configuration: RunConfiguration

    private var count: Int { fleet.devices.count }
    private var identities: String { CountText.of(count, "identity", "identities") }
    private var devices: String { CountText.of(count, "device") }
    private var isLocal: Bool { fleet.hub.address == .local }

    /// When the last of so many begins.
    private func paced(_ count: Int, _ perSecond: Double) -> Duration {
        .microseconds(pacedStart(of: count - 1, perSecond: perSecond))
    }

    var provision: PhaseEstimate {
        guard let perSecond = limits.identityOperationsPerSecond else {
            return PhaseEstimate(
                phase: .provision,
                duration: nil,
                basis: .unpaced,
                text: "\(identities), as fast as the hub takes them, 100 in a request"
            )
        }
        let bulk = RegistryManager.largestBulk
        let batches = (count + bulk - 1) / bulk
        let create = paced(batches, perSecond / Double(bulk))
        var text = "\(identities), \(bulk) in a request, at \(PhaseEstimate.rate(perSecond))"
        if !isLocal, let adopt = AdoptionPace.duration(for: fleet, limits: limits) {
            // Devices that are there already are read one by one.
            text += "; \(CountText.of((create + adopt).components.seconds)) s when they exist already"
        }
        let reach = Reach(batches, atOnce: Provisioner.requestsAtOnce, perSecond: perSecond / Double(bulk))
        return PhaseEstimate(
            phase: .provision,
            duration: create,
            basis: reach.basis,
            text: text + reach.text("requests")
        )
    }

    /// Connections per second that two processors made with a hub beside them, over the fleet's mixture of carriers.
    private var measured: Double {
        let seconds = needs.shares.reduce(0.0) {
            $0 + Double($1.devices) / DeviceCost.measured($1.carrier).connectsPerSecond
        }
        return seconds > 0 ? Double(count) / seconds : .infinity
    }

    /// The share of a measured rate that a busy machine reaches, too.
    private static let reachableShare = 0.8

    var connect: PhaseEstimate {
        let guide = "\(CountText.of(Int(min(measured, 1e9))))/s were measured on two processors with a local hub beside"
        guard let perSecond = fleet.connectPerSecond ?? limits.connectionsPerSecond else {
            return PhaseEstimate(
                phase: .connect,
                duration: nil,
                basis: .unpaced,
                text: "\(devices), as fast as machine and hub can; a guide, no prediction: \(guide)"
            )
        }
        let source = fleet.connectPerSecond == nil ? "what the tier permits" : "as the file says"
        var text = "\(devices) at \(PhaseEstimate.rate(perSecond)), \(source)"
        let isWithinReach = perSecond <= measured * Self.reachableShare
        if !isWithinReach { text += "; likely longer: \(guide)" }
        let isThrottled = limits.connectionsPerSecond.map { perSecond > $0 * 1.001 } ?? false
        if isThrottled { text += "; longer at a real hub, for the tier permits less" }
        if !isLocal {
            text += Reach(count, atOnce: configuration.maximumHandshakes, perSecond: perSecond).text("handshakes")
        }
        return PhaseEstimate(
            phase: .connect,
            duration: paced(count, perSecond),
            basis: isWithinReach && !isThrottled ? .paced : .atLeast,
            text: text
        )
    }

    var ready: PhaseEstimate {
        guard let pace = [limits.twinReadsPerSecond, limits.twinUpdatesPerSecond].compactMap(\.self).min() else {
            return PhaseEstimate(
                phase: .ready,
                duration: nil,
                basis: .unpaced,
                text: "\(devices), as fast as machine and hub can"
            )
        }
        let reach = Reach(count, atOnce: DevicePool.devicesAtOnce, perSecond: pace)
        // Getting ready was not measured by itself; it is less work than connecting, so beyond that it is no prediction.
        let isWithinReach = pace <= measured * Self.reachableShare
        return PhaseEstimate(
            phase: .ready,
            duration: paced(count, pace),
            basis: isWithinReach ? reach.basis : .atLeast,
            text:
                "\(devices) at \(PhaseEstimate.rate(pace)): each reads its twin and updates it once"
                + reach.text("devices")
        )
    }

    var verify: PhaseEstimate {
        let twins = min(planned.changedDevices, configuration.verifyLimit)
        let pages = QueryPages(of: fleet, size: configuration.queryPageSize).count
        let reads = limits.twinReadsPerSecond
        var text = "\(CountText.of(twins, "twin")) read back" + (reads.map { " at \(PhaseEstimate.rate($0))" } ?? "")
        var duration = reads.map { paced(twins, $0) }
        let reach = reads.map { Reach(twins, atOnce: configuration.maximumRequests, perSecond: $0) }
        if pages > 0 {
            text += ", \(CountText.of(pages, "page")) of queries"
            if let perSecond = limits.queriesPerSecond {
                text += " at \(CountText.of(Int((perSecond * 60).rounded())))/min"
                duration = duration.map { $0 + paced(pages, perSecond) }
            }
            text += "; up to \(configuration.queryPatience.components.seconds) s more while the hub's index lags"
        }
        text += reach?.text("requests") ?? ""
        return PhaseEstimate(phase: .verify, duration: duration, basis: reach?.basis ?? .unpaced, text: text)
    }
}
