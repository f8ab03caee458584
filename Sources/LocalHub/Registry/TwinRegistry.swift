import IoTHub
import NIOConcurrencyHelpers

/// The hub's identities and twins: the one truth that all its front ends read and write.
///
/// Every operation on one device is atomic and touches that device only. Changes of desired properties reach a
/// subscribed connection in the order of `$version`, since they are handed over with the lock held.
///
/// With a journal a write is answered, and a device told of it, only when it is durable; reads are of memory always.
public final class TwinRegistry: Sendable {
    /// The shared access policies, whose keys may also sign for devices.
    let policies: SharedAccessPolicies
    /// Parts of the devices, each behind a lock of its own, so that writers of different devices seldom meet.
    private let shards: [Shard]
    /// The ids of all devices; its lock is taken with a shard's lock held, never the other way round.
    private let ids = NIOLockedValueBox(OrderedIDs())
    /// Held while a device is put below another one; taken before a shard's lock.
    private let hierarchy = NIOLockedValueBox(())
    /// The sessions of the devices that are to be resumed.
    let sessions: MQTTSessionStore
    /// Makes writes durable; nil when they last as long as the process.
    private let journal: Journal?
    private let throttle: DeviceThrottle?
    /// Where all that is done here, and by the front ends, is counted.
    let tally = HubTally()
    private let clock: @Sendable () -> HubTimestamp

    /// Refuses a device's twin request; nil lets it through.
    typealias DeviceThrottle = @Sendable (_ deviceID: String) -> IoTHubError?
    private typealias Shard = NIOLockedValueBox<[String: DeviceRecord]>

    init(
        policies: SharedAccessPolicies = .random(),
        journal: Journal? = nil,
        throttle: DeviceThrottle? = nil,
        clock: @escaping @Sendable () -> HubTimestamp = { HubTimestamp.now() }
    ) {
        self.policies = policies
        self.journal = journal
        sessions = MQTTSessionStore(journal: journal)
        self.throttle = throttle
        self.clock = clock
        shards = (0..<64).map { _ in Shard([:]) }
    }

    /// The hub's time.
    func now() -> HubTimestamp { clock() }

    /// Refuses a device's twin request when it is throttled.
    func admitRequest(of id: String) throws(IoTHubError) {
        if let refusal = throttle?(id) { throw refusal }
    }

    /// Calls `body` with the place of a device, which is nil while there is no such device, under its lock.
    func withPlace<Result: Sendable>(
        of id: String,
        _ body: (inout DeviceRecord?) throws(IoTHubError) -> Result
    ) throws(IoTHubError) -> Result {
        let result = shard(of: id).withLockedValue { records in
            Swift.Result { () throws(IoTHubError) in
                let wasThere = records.index(forKey: id) != nil
                let result = try body(&records[id])
                let isThere = records.index(forKey: id) != nil
                if isThere != wasThere {
                    ids.withLockedValue { isThere ? $0.insert(id) : $0.remove(id) }
                }
                return result
            }
        }
        return try result.get()
    }

    /// Calls `body` with an existing device under its lock.
    /// - Throws: `IoTHubError` with `deviceNotFound`, or what `body` throws.
    func withRecord<Result: Sendable>(
        of id: String,
        _ body: (inout DeviceRecord) throws(IoTHubError) -> Result
    ) throws(IoTHubError) -> Result {
        let result = shard(of: id).withLockedValue { records in
            Swift.Result { () throws(IoTHubError) in
                guard let index = records.index(forKey: id) else { throw Self.notFound(id) }
                return try body(&records.values[index])
            }
        }
        return try result.get()
    }

    /// Calls `body` while nobody else puts a device below another one, so that what it checked of the devices above
    /// still holds when it writes.
    func withHierarchy<Result: Sendable>(
        _ body: () throws(IoTHubError) -> Result
    ) throws(IoTHubError) -> Result {
        let result = hierarchy.withLockedValue { _ in Swift.Result { () throws(IoTHubError) in try body() } }
        return try result.get()
    }

    /// Visits all devices, shard by shard; others may change meanwhile.
    func forEachRecord(_ body: (inout DeviceRecord) -> Void) {
        for shard in shards {
            shard.withLockedValue { records in
                for index in records.indices { body(&records.values[index]) }
            }
        }
    }

    // MARK: Durability

    /// Whether writes outlive this process; if not, `whenDurable` calls back at once.
    var keepsData: Bool { journal != nil }

    /// Calls `body` once all that was written so far will outlive this process: at once for a registry in memory.
    ///
    /// Calls come in the order in which they were asked for, on any thread.
    /// - Parameter body: gets a failure when the storage failed. What was written may or may not last then; the error
    ///   is what to answer.
    func whenDurable(_ body: @escaping @Sendable (Result<Void, IoTHubError>) -> Void) {
        guard let journal else { return body(.success(())) }
        journal.whenDurable(body)
    }

    /// Refuses a write while the storage fails; to be called before anything is changed.
    /// - Throws: `IoTHubError` with `serviceUnavailable`.
    func admitWrite() throws(IoTHubError) { try journal?.admitWrite() }

    /// Hands a device's new state over to the journal, and a change of its desired properties to the connection that
    /// shall hear of it, once that is durable; to be called with the device's lock held, so that all keeps its order.
    func keep(
        _ record: DeviceRecord,
        _ parts: JournalBatch.Parts,
        telling change: DesiredChange? = nil,
        to listener: (any DeviceConnection)? = nil
    ) {
        if let journal {
            let stored = StoredDevice(device: record.device, twin: record.twin)
            journal.keep(stored, parts, telling: change, to: listener)
        } else if let change {
            listener?.deliver(change)
        }
    }

    /// Tells the journal, and the sessions, that a device is gone; to be called with the device's lock held.
    func keepRemoval(of id: String) {
        sessions.remove(id)
        journal?.removeDevice(id)
    }

    /// Puts a device back that was kept; it has no connection.
    func restore(_ stored: StoredDevice) {
        let record = DeviceRecord(restoring: stored, at: now())
        // Nothing in the body throws.
        try? withPlace(of: record.device.id) { (place) throws(IoTHubError) in place = record }
    }

    /// What was done so far, as numbers.
    var counters: HubCounters {
        var counters = tally.current
        counters.devices = deviceCount
        return counters
    }

    /// How many devices there are.
    var deviceCount: Int { ids.withLockedValue { $0.count } }

    /// The ids that follow another one in ascending order, whether or not that one is there; the first ones for nil.
    func ids(after id: String?, limit: Int) -> [String] {
        ids.withLockedValue { $0.next(after: id, limit: limit) }
    }

    private func shard(of id: String) -> Shard {
        shards[Int(UInt(bitPattern: id.hashValue) % UInt(shards.count))]
    }

    static func notFound(_ id: String) -> IoTHubError {
        IoTHubError(.deviceNotFound, String(id.prefix(DeviceID.maximumLength)))
    }
}
