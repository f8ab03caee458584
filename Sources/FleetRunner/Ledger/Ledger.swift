import IoTHub
import NIOConcurrencyHelpers

/// The books of all devices, safe to write from lanes and the back end at once.
///
/// Devices are dealt over shards, each behind its own lock, so that lanes rarely meet; a lock is held for one
/// entry only.
final class Ledger: Sendable {
    /// A change that a device has seen, for the acknowledgement that follows.
    struct Reference: Sendable, Hashable {
        var device: Int
        var entry: Int
    }

    /// What the devices of one group did.
    private struct Tally {
        var totals = LedgerTotals()
        /// Since somebody last asked.
        var recent = RecentLatencies()
    }

    private struct Shard {
        var devices: [DeviceLedger]
        var foreignDevices: Set<Int> = []
        /// By group.
        var tallies: [Tally]
    }

    private static let shards = 16
    private let boxes: [NIOLockedValueBox<Shard>]
    private let schedule: Schedule
    private let groups: DeviceGroups
    /// The time in which the schedule asks for changes.
    private struct Drive {
        /// From when intended times count; 0 before driving.
        var start: Int64 = 0
        /// When an interruption cut it short.
        var end: Int64?
    }

    private let drive = NIOLockedValueBox(Drive())

    init(groups: DeviceGroups, schedule: Schedule) {
        self.schedule = schedule
        self.groups = groups
        boxes = (0..<Self.shards).map { shard in
            let count = (max(0, groups.groupOfDevice.count - shard) + Self.shards - 1) / Self.shards
            return NIOLockedValueBox(
                Shard(
                    devices: Array(repeating: DeviceLedger(), count: count),
                    tallies: Array(repeating: Tally(), count: groups.count)
                )
            )
        }
    }

    /// Sets the instant from which intended times count.
    func begin(at instant: Int64) { drive.withLockedValue { $0.start = instant } }

    /// Ends the asking: nothing that would be due later is asked for.
    /// - Returns: this instant, which no reader of ``elapsed(at:)`` has gone beyond.
    func interrupt() -> Int64 {
        drive.withLockedValue { drive in
            let now = RunClock.now()
            drive.end = now
            return now
        }
    }

    private func with<Result>(
        _ device: Int,
        _ body: (inout DeviceLedger, inout Tally) -> Result
    ) -> Result where Result: Sendable {
        let group = groups.groupOfDevice[device]
        return boxes[device % Self.shards].withLockedValue { shard in
            body(&shard.devices[device / Self.shards], &shard.tallies[group])
        }
    }

    private func intended(_ planned: Int32) -> Int64 {
        drive.withLockedValue { $0.start } + schedule.changes[Int(planned)].intended
    }

    // MARK: What the back end tells

    func start(device: Int, version: Int64) { with(device) { books, _ in books.start(version: version) } }

    func send(device: Int, planned: Int, desired: JSONObject, at instant: Int64) {
        with(device) { books, tally in
            _ = books.send(planned: Int32(clamping: planned), desired: desired, at: instant)
            tally.totals.sent += 1
        }
    }

    func accept(device: Int, version: Int64?, lastUpdatedEpoch: Int64, at instant: Int64) {
        let sighting = with(device) { books, tally in
            let sighting = books.accept(version: version, lastUpdatedEpoch: lastUpdatedEpoch, at: instant)
            tally.totals.accepted += 1
            if sighting.entry != nil { tally.totals.seen += 1 }
            tally.totals.superseded += sighting.superseded
            tally.totals.foreign += sighting.foreign
            return sighting
        }
        note(foreign: sighting.foreign, device)
    }

    func reject(device: Int, at instant: Int64) {
        with(device) { books, tally in
            let wasOpen = books.entries.last?.state == nil
            books.reject(at: instant)
            if wasOpen { tally.totals.rejected += 1 }
        }
    }

    func expectedVersion(device: Int) -> Int64 { with(device) { books, _ in books.expectedVersion } }

    // MARK: What a device tells, on its lane

    /// A live notification.
    /// - Returns: the change it was; nil for another writer's.
    func notified(device: Int, version: Int64, values: JSONObject, at instant: Int64, epoch: Int64) -> Reference? {
        saw(device) { books in books.notify(version: version, values: values, at: instant, epoch: epoch) }
    }

    /// The desired section that a device fetched after a reconnect.
    /// - Returns: the change it was; nil for another writer's.
    func caughtUp(device: Int, version: Int64, values: JSONObject, at instant: Int64, epoch: Int64) -> Reference? {
        saw(device) { books in books.catchUp(version: version, values: values, at: instant, epoch: epoch) }
    }

    private func saw(_ device: Int, _ body: (inout DeviceLedger) -> DeviceLedger.Sighting) -> Reference? {
        let sighting = with(device) { books, tally in
            let sighting = body(&books)
            tally.totals.superseded += sighting.superseded
            tally.totals.foreign += sighting.foreign
            if let entry = sighting.entry {
                tally.totals.seen += 1
                tally.recent.delivery.append(books.entries[entry].delivered - intended(books.entries[entry].planned))
            }
            return sighting
        }
        note(foreign: sighting.foreign, device)
        return sighting.entry.map { Reference(device: device, entry: $0) }
    }

    func notifiedAgain(device: Int, version: Int64) {
        with(device) { books, tally in
            if books.repeatNotification(version: version) {
                tally.totals.duplicated += 1
            } else {
                tally.totals.outOfOrder += 1
            }
        }
    }

    func echoed(_ reference: Reference, at instant: Int64) {
        with(reference.device) { books, _ in books.echo(reference.entry, at: instant) }
    }

    func acknowledged(_ reference: Reference, at instant: Int64) {
        with(reference.device) { books, tally in
            guard books.entries[reference.entry].acknowledged == 0 else { return }
            books.acknowledge(reference.entry, at: instant)
            tally.totals.acknowledged += 1
            let entry = books.entries[reference.entry]
            tally.recent.echo.append(instant - entry.delivered)
            tally.recent.sync.append(instant - intended(entry.planned))
        }
    }

    private func note(foreign: Int, _ device: Int) {
        guard foreign > 0 else { return }
        boxes[device % Self.shards].withLockedValue { _ = $0.foreignDevices.insert(device) }
    }

    // MARK: What a reader asks

    /// All counters now.
    var totals: LedgerTotals { totalsByGroup.reduce(LedgerTotals(), +) }

    /// The counters of each group now.
    var totalsByGroup: [LedgerTotals] {
        boxes.reduce(into: Array(repeating: LedgerTotals(), count: groups.count)) { sums, box in
            let parts = box.withLockedValue { $0.tallies.map(\.totals) }
            for (group, part) in parts.enumerated() { sums[group] = sums[group] + part }
        }
    }

    /// How long the schedule had been asking at an instant, in microseconds; nil before driving.
    func elapsed(at instant: Int64) -> Int64? {
        drive.withLockedValue { drive in drive.start > 0 ? min(instant, drive.end ?? instant) - drive.start : nil }
    }

    /// By group, changes that were sent before an instant and are neither refused, overtaken nor seen.
    func overdue(sentBefore instant: Int64) -> [Int] {
        var counts = Array(repeating: 0, count: groups.count)
        for (number, box) in boxes.enumerated() {
            let parts = box.withLockedValue { $0.devices.map { $0.unsettled(sentBefore: instant) } }
            for (place, count) in parts.enumerated() where count > 0 {
                counts[groups.groupOfDevice[place * Self.shards + number]] += count
            }
        }
        return counts
    }

    /// The latencies of each group since the last call.
    func takeRecent() -> [RecentLatencies] {
        boxes.reduce(into: Array(repeating: RecentLatencies(), count: groups.count)) { sums, box in
            let parts = box.withLockedValue { shard in
                let parts = shard.tallies.map(\.recent)
                for group in shard.tallies.indices { shard.tallies[group].recent = RecentLatencies() }
                return parts
            }
            for (group, part) in parts.enumerated() { sums[group] += part }
        }
    }

    /// What is in the books when they are closed.
    struct Closed {
        /// The entries of every device, in the order of the schedule, with their device.
        var entries: [(device: Int, entry: ChangeEntry)] = []
        /// All counters.
        var totals = LedgerTotals()
        /// Devices with versions by another writer.
        var foreignDevices: [Int] = []
    }

    /// Ends the books; what is open is lost.
    func close() -> Closed {
        var all = Closed()
        for (number, box) in boxes.enumerated() {
            // Counters and entries at one instant: what a device sees later belongs to neither.
            let shard = box.withLockedValue { shard in
                for place in shard.devices.indices { shard.devices[place].close() }
                return shard
            }
            for (place, books) in shard.devices.enumerated() {
                let device = place * Self.shards + number
                all.entries += books.entries.map { (device, $0) }
            }
            all.totals = shard.tallies.reduce(all.totals) { $0 + $1.totals }
            all.foreignDevices += shard.foreignDevices
        }
        all.entries.sort { $0.entry.planned < $1.entry.planned }
        all.foreignDevices.sort()
        return all
    }
}
