import Fleet
import Foundation
import IoTHub

/// One change that the schedule asks for.
struct PlannedChange: Sendable, Hashable {
    /// When it is to be sent, in microseconds from the start of driving.
    var intended: Int64
    /// The device, as its place in the fleet.
    var device: Int32
    /// The item of the workload that it comes from.
    var item: Int32
    /// The running number within the item, from 0.
    var number: Int64
}

/// Every change of a run with its intended time: an open loop, since nothing that happens during the run moves it.
///
/// The same fleet, workload and seed give the same schedule on every machine.
struct Schedule: Sendable {
    /// Ordered by intended time.
    let changes: [PlannedChange]
    /// Whether they are all, and not only each item's first ones.
    let isWhole: Bool
    /// How long driving lasts, in microseconds.
    let duration: Int64

    private let seed: UInt64

    /// The most changes of one run, the same as the fleet file's limit: their books are kept in memory.
    static let largest = 50_000_000

    /// Computes the schedule of a fleet.
    /// - Parameters:
    ///   - fleet: the fleet.
    ///   - most: how many changes to compute of each item, its first ones; nil for all.
    /// - Throws: `RunError` with `unsupported` when it has more changes than one run can account for, or none at all.
    init(of fleet: Fleet, firstOfEachItem most: Int? = nil) throws(RunError) {
        isWhole = most == nil
        seed = fleet.seed
        duration = max(0, fleet.duration.microseconds)
        let expected = Self.expectedCount(of: fleet)
        guard expected <= Double(Self.largest) else {
            throw RunError(
                .unsupported,
                "the workload asks for about \(CountText.of(Int(min(expected, 1e15)))) changes; one run can account for "
                    + "\(CountText.of(Self.largest)). Lower a rate or the duration."
            )
        }
        var changes: [PlannedChange] = []
        for (index, item) in fleet.workload.enumerated() {
            var generator = SplitMix64(seed: fleet.seed, stream: 1, UInt64(index))
            let devices = item.devices.shuffled(using: &generator)
            guard !devices.isEmpty else { continue }
            let end = most.map { changes.count + $0 } ?? .max
            switch item.pace {
            case .rate(let perSecond):
                Self.addRate(perSecond, devices, Int32(clamping: index), until: duration, most: end, to: &changes)
            case .every(let period):
                let index = Int32(clamping: index)
                Self.addPeriodic(period.microseconds, devices, index, until: duration, most: end, to: &changes)
            }
        }
        changes.sort { ($0.intended, $0.item, $0.number) < ($1.intended, $1.item, $1.number) }
        self.changes = changes
        guard !changes.isEmpty || fleet.workload.allSatisfy(\.devices.isEmpty) else {
            let seconds = String(format: "%g", fleet.duration.inSeconds)
            throw RunError(
                .unsupported,
                "the workload makes no change in its \(seconds) s: its rates and periods are too slow for that. Lengthen "
                    + "the duration or ask for more."
            )
        }
    }

    /// Changes per second that the schedule asks for on average.
    var askedPerSecond: Double { duration > 0 ? Double(changes.count) / (Double(duration) / 1_000_000) : 0 }

    /// What a change writes; it depends on the change alone, not on the order in which changes are made.
    func desired(of change: PlannedChange, in fleet: Fleet) -> JSONObject {
        let item = Int(change.item)
        var generator = SplitMix64(seed: seed, stream: 2, UInt64(item), UInt64(bitPattern: change.number))
        return fleet.workload[item].desired.make(
            device: fleet.devices[Int(change.device)],
            change: UInt64(bitPattern: change.number),
            using: &generator
        )
    }

    /// About how many changes the schedule of a fleet has.
    static func expectedCount(of fleet: Fleet) -> Double { expectedCounts(of: fleet).reduce(0, +) }

    /// The same as a number to count with, at most ``largest``.
    static func expectedWholeCount(of fleet: Fleet) -> Int { whole(expectedCount(of: fleet)) }

    /// An expected number as one to count with.
    static func whole(_ count: Double) -> Int { Int(min(max(0, count), Double(largest))) }

    /// The expected numbers by item.
    static func expectedCounts(of fleet: Fleet) -> [Double] {
        let seconds = fleet.duration.inSeconds
        return fleet.workload.map { item in
            switch item.pace {
            case .rate(let perSecond): max(0, perSecond) * seconds
            case .every(let period): seconds / max(period.inSeconds, 1e-6) * Double(item.devices.count)
            }
        }
    }

    /// The devices take turns; the first change comes half an interval after the start.
    private static func addRate(
        _ perSecond: Double,
        _ devices: [Int],
        _ item: Int32,
        until end: Int64,
        most: Int,
        to changes: inout [PlannedChange]
    ) {
        guard perSecond > 0 else { return }
        let interval = 1_000_000 / perSecond
        var number = 0
        while changes.count < most {
            let intended = Int64(((Double(number) + 0.5) * interval).rounded(.down))
            guard intended < end else { return }
            changes.append(
                PlannedChange(
                    intended: intended,
                    device: Int32(clamping: devices[number % devices.count]),
                    item: item,
                    number: Int64(number)
                )
            )
            number += 1
        }
    }

    /// Each device has a period of its own rhythm; their phases are spread evenly over it.
    private static func addPeriodic(
        _ period: Int64,
        _ devices: [Int],
        _ item: Int32,
        until end: Int64,
        most: Int,
        to changes: inout [PlannedChange]
    ) {
        guard period > 0 else { return }
        var number: Int64 = 0
        var round: Int64 = 0
        while round * period < end {
            for (place, device) in devices.enumerated() {
                let phase = Int64((Double(place) + 0.5) / Double(devices.count) * Double(period))
                let intended = round * period + phase
                guard intended < end else { continue }
                guard changes.count < most else { return }
                changes.append(
                    PlannedChange(intended: intended, device: Int32(clamping: device), item: item, number: number)
                )
                number += 1
            }
            round += 1
        }
    }
}
