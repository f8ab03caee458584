import Fleet

/// How fast changes were made, so that a plan can say whether a rate is within reach: a guide, no prediction.
///
/// Source: `twinfleet run` (release build) for 4 s on two processors with a local hub beside, over MQTT. Of one device
/// 1,500 changes a second were asked and made, of 6,000 only 1,692; of 1,000 devices 12,000 were asked and made, of 25,000
/// only 16,924. A debug build made 581 and 3,846.
enum ChangePace {
    /// Changes per second of one device that were asked and made in full.
    static let heldOfOneDevice = 1500.0
    /// Changes per second of a whole fleet that were asked and made in full on two processors.
    static let held = 12_000.0
    /// The most of one device, and what a debug build made: from there on it is tight.
    static let mostOfOneDevice = 1692
    static let tightOfOneDevice = 580.0
    /// The same of a whole fleet.
    static let most = 16_924
    static let tight = 3800.0
    /// Changes per second of one device above which nothing answers in time: each has 0.1 ms for its way to the hub and back.
    static let impossibleOfOneDevice = 10_000.0
    /// What an answer of a hub far away may well take: ten changes of a device in a second.
    static let tightOfOneDeviceFarAway = 10.0
}

/// Holds the rates of a workload against what back end and hub can do.
///
/// A device's changes go one after the other, each when the hub has answered the one before: no machine is fast enough for
/// any rate of one device.
struct PaceCheck {
    private let fleet: Fleet
    private let processors: Int
    private let isLocal: Bool

    init(of fleet: Fleet, processors: Int) {
        self.fleet = fleet
        self.processors = processors
        isLocal = fleet.hub.address == .local
    }

    /// What there is to say, also for the largest fleet in a moment.
    var findings: [PlanFinding] { oneDevice + all }

    // MARK: One device

    /// The device that is changed most often, as its place in the fleet, and how often in a second.
    private var busiest: (device: Int, perSecond: Double)? {
        var rates = [Double](repeating: 0, count: fleet.devices.count)
        for item in fleet.workload where !item.devices.isEmpty {
            let rate = Self.ofOneDevice(item)
            for device in item.devices where rates.indices.contains(device) { rates[device] += rate }
        }
        guard let most = rates.max(), most > 0, let device = rates.firstIndex(of: most) else { return nil }
        return (device, most)
    }

    /// How often an item changes each of its devices in a second.
    private static func ofOneDevice(_ item: WorkloadItem) -> Double {
        switch item.pace {
        case .rate(let perSecond): max(0, perSecond) / Double(max(1, item.devices.count))
        case .every(let period): 1 / max(period.inSeconds, 1e-6)
        }
    }

    private var oneDevice: [PlanFinding] {
        guard let busiest else { return [] }
        let tight = isLocal ? ChangePace.tightOfOneDevice : ChangePace.tightOfOneDeviceFarAway
        guard busiest.perSecond > tight else { return [] }
        let rate = PhaseEstimate.rate(busiest.perSecond)
        let id = fleet.devices[busiest.device].id
        let patience = Self.milliseconds(1000 / busiest.perSecond)
        let head =
            "\(id) is changed at \(rate), and a device's changes go one after the other: the hub must answer each within "
            + "\(patience)"
        let held = CountText.of(Int(ChangePace.heldOfOneDevice))
        let guide =
            "\(held)/s of one device were made, and "
            + "\(CountText.of(ChangePace.mostOfOneDevice))/s at most, with a local hub on the same machine"
        let mend = "To mend it \(slower(than: ChangePace.heldOfOneDevice, for: busiest.device))."
        if busiest.perSecond > ChangePace.impossibleOfOneDevice {
            return [PlanFinding(.impossible, "changes of a device", "\(head), which none does; \(guide). \(mend)")]
        }
        if busiest.perSecond > ChangePace.heldOfOneDevice {
            return [
                PlanFinding(
                    .limited,
                    "changes of a device",
                    "\(head); \(guide). Changes will be late, and the run longer than asked. \(mend)",
                    brief: "\(id) at \(rate), and \(held)/s of one device were made"
                )
            ]
        }
        return [PlanFinding(.note, "changes of a device", "\(head), else they are late; \(guide).")]
    }

    /// What makes a device's changes fewer.
    private func slower(than perSecond: Double, for device: Int) -> String {
        let items = fleet.workload.filter { $0.devices.contains(device) }
        guard let item = items.first, items.count == 1 else { return "lower the rates of the items that change it" }
        switch item.pace {
        case .rate(let asked):
            let devices = CountText.of(Int(min((asked / perSecond).rounded(.up), 1e15)))
            return "spread the rate over \(devices) devices or more, or ask for "
                + "\(PhaseEstimate.rate(perSecond * Double(item.devices.count))) or less"
        case .every: return "say every: \(Self.milliseconds(1000 / perSecond).filter { $0 != " " }) or longer"
        }
    }

    /// Such as "0.67 ms" or "25 ms": three digits at most, rounded up.
    private static func milliseconds(_ value: Double) -> String {
        let hundredths = Int(min((value * 100).rounded(.up), 1e9))
        if hundredths >= 1000 || hundredths % 100 == 0 { return "\((hundredths + 99) / 100) ms" }
        let rest = hundredths % 100
        return "\(hundredths / 100).\(rest < 10 ? "0" : "")\(rest) ms"
    }

    // MARK: All of them

    private var all: [PlanFinding] {
        let asked = fleet.duration > .zero ? Schedule.expectedCount(of: fleet) / fleet.duration.inSeconds : 0
        guard asked > ChangePace.tight else { return [] }
        let rate = PhaseEstimate.rate(asked)
        // More processors were not measured; at best they do as much more.
        let held = ChangePace.held * Double(max(2, processors)) / 2
        let guide =
            "\(CountText.of(Int(ChangePace.held)))/s were made, and \(CountText.of(ChangePace.most))/s at most, on two "
            + "processors with a local hub beside; this machine has \(CountText.of(processors))"
        guard asked > held else {
            let text = "\(rate) are much; \(guide). A debug build makes a quarter of it."
            return [PlanFinding(.note, "changes in all", text)]
        }
        return [
            PlanFinding(
                .limited,
                "changes in all",
                "\(rate) are asked; \(guide). Changes will be late, and the run longer than asked. To mend it ask for "
                    + "\(PhaseEstimate.rate(held)) or less, or take a larger machine.",
                brief: "\(rate) asked, \(CountText.of(Int(ChangePace.held)))/s were made on two processors"
            )
        ]
    }
}
