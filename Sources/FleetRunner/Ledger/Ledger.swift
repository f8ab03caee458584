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

    private struct Shard {
        var devices: [DeviceLedger]
        var foreignDevices: Set<Int> = []
        var totals = LedgerTotals()
        var recent = RecentLatencies()
    }

    private static let shards = 16
    private let boxes: [NIOLockedValueBox<Shard>]
    private let schedule: Schedule
    /// The instant from which intended times count; it is set once, before the first change is sent.
    private let start = NIOLockedValueBox<Int64>(0)

    init(devices: Int, schedule: Schedule) {
        self.schedule = schedule
        boxes = (0..<Self.shards).map { shard in
            let count = (max(0, devices - shard) + Self.shards - 1) / Self.shards
            return NIOLockedValueBox(Shard(devices: Array(repeating: DeviceLedger(), count: count)))
        }
    }

    /// Sets the instant from which intended times count.
    func begin(at instant: Int64) { start.withLockedValue { $0 = instant } }

    private func with<Result>(
        _ device: Int,
        _ body: (inout DeviceLedger, inout LedgerTotals, inout RecentLatencies) -> Result
    ) -> Result where Result: Sendable {
        boxes[device % Self.shards].withLockedValue { shard in
            body(&shard.devices[device / Self.shards], &shard.totals, &shard.recent)
        }
    }

    private func intended(_ planned: Int32) -> Int64 {
        start.withLockedValue { $0 } + schedule.changes[Int(planned)].intended
    }

    // MARK: What the back end tells

    func start(device: Int, version: Int64) { with(device) { books, _, _ in books.start(version: version) } }

    func send(device: Int, planned: Int, desired: JSONObject, at instant: Int64) {
        with(device) { books, totals, _ in
            _ = books.send(planned: Int32(clamping: planned), desired: desired, at: instant)
            totals.sent += 1
        }
    }

    func accept(device: Int, version: Int64?, lastUpdatedEpoch: Int64, at instant: Int64) {
        let sighting = with(device) { books, totals, _ in
            let sighting = books.accept(version: version, lastUpdatedEpoch: lastUpdatedEpoch, at: instant)
            totals.accepted += 1
            if sighting.entry != nil { totals.seen += 1 }
            totals.superseded += sighting.superseded
            totals.foreign += sighting.foreign
            return sighting
        }
        note(foreign: sighting.foreign, device)
    }

    func reject(device: Int, at instant: Int64) {
        with(device) { books, totals, _ in
            let wasOpen = books.entries.last?.state == nil
            books.reject(at: instant)
            if wasOpen { totals.rejected += 1 }
        }
    }

    func expectedVersion(device: Int) -> Int64 { with(device) { books, _, _ in books.expectedVersion } }

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
        let sighting = with(device) { books, totals, recent in
            let sighting = body(&books)
            totals.superseded += sighting.superseded
            totals.foreign += sighting.foreign
            if let entry = sighting.entry {
                totals.seen += 1
                recent.delivery.append(books.entries[entry].delivered - intended(books.entries[entry].planned))
            }
            return sighting
        }
        note(foreign: sighting.foreign, device)
        return sighting.entry.map { Reference(device: device, entry: $0) }
    }

    func notifiedAgain(device: Int, version: Int64) {
        with(device) { books, totals, _ in
            if books.repeatNotification(version: version) { totals.duplicated += 1 } else { totals.outOfOrder += 1 }
        }
    }

    func echoed(_ reference: Reference, at instant: Int64) {
        with(reference.device) { books, _, _ in books.echo(reference.entry, at: instant) }
    }

    func acknowledged(_ reference: Reference, at instant: Int64) {
        with(reference.device) { books, totals, recent in
            guard books.entries[reference.entry].acknowledged == 0 else { return }
            books.acknowledge(reference.entry, at: instant)
            totals.acknowledged += 1
            recent.sync.append(instant - intended(books.entries[reference.entry].planned))
        }
    }

    private func note(foreign: Int, _ device: Int) {
        guard foreign > 0 else { return }
        boxes[device % Self.shards].withLockedValue { _ = $0.foreignDevices.insert(device) }
    }

    // MARK: What a reader asks

    /// All counters now.
    var totals: LedgerTotals {
        boxes.reduce(LedgerTotals()) { sum, box in sum + box.withLockedValue { $0.totals } }
    }

    /// The latencies since the last call.
    func takeRecent() -> RecentLatencies {
        var all = RecentLatencies()
        for box in boxes {
            let part = box.withLockedValue { shard in
                defer { shard.recent = RecentLatencies() }
                return shard.recent
            }
            all.delivery += part.delivery
            all.sync += part.sync
        }
        return all
    }

    /// Devices with versions by another writer.
    var foreignDevices: [Int] { boxes.flatMap { box in box.withLockedValue { Array($0.foreignDevices) } }.sorted() }

    /// Ends the books; what is open is lost.
    /// - Returns: the entries of every device, in the order of the schedule, with their device.
    func close() -> [(device: Int, entry: ChangeEntry)] {
        var all: [(device: Int, entry: ChangeEntry)] = []
        for (number, box) in boxes.enumerated() {
            let devices = box.withLockedValue { shard in
                for place in shard.devices.indices { shard.devices[place].close() }
                return shard.devices
            }
            for (place, books) in devices.enumerated() {
                let device = place * Self.shards + number
                all += books.entries.map { (device, $0) }
            }
        }
        all.sort { $0.entry.planned < $1.entry.planned }
        return all
    }
}
