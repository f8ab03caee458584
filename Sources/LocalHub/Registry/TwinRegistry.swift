import IoTHub
import NIOConcurrencyHelpers

/// The hub's identities and twins: the one truth that all its front ends read and write.
///
/// Every operation on one device is atomic and touches that device only. Changes of desired properties reach a
/// subscribed connection in the order of `$version`, since they are handed over with the lock held.
public final class TwinRegistry: Sendable {
    /// The shared access policies, whose keys may also sign for devices.
    let policies: SharedAccessPolicies
    /// Parts of the devices, each behind a lock of its own, so that writers of different devices seldom meet.
    private let shards: [Shard]
    /// The ids of all devices; its lock is taken with a shard's lock held, never the other way round.
    private let ids = NIOLockedValueBox(OrderedIDs())
    private let clock: @Sendable () -> HubTimestamp

    private typealias Shard = NIOLockedValueBox<[String: DeviceRecord]>

    init(
        policies: SharedAccessPolicies = .random(),
        clock: @escaping @Sendable () -> HubTimestamp = { HubTimestamp.now() }
    ) {
        self.policies = policies
        self.clock = clock
        shards = (0..<64).map { _ in Shard([:]) }
    }

    /// The hub's time.
    func now() -> HubTimestamp { clock() }

    /// Whether writes outlive this process; if not, `whenDurable` calls back at once.
    var keepsData: Bool { false }

    /// Calls `body` once all that was written so far will outlive this process: at once for a registry in memory.
    ///
    /// Calls come in the order in which they were asked for, on any thread.
    /// - Parameter body: gets a failure when the storage failed. What was written may or may not last then; the error
    ///   is what to answer.
    func whenDurable(_ body: @escaping @Sendable (Result<Void, IoTHubError>) -> Void) { body(.success(())) }

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

    /// Visits all devices, shard by shard; others may change meanwhile.
    func forEachRecord(_ body: (inout DeviceRecord) -> Void) {
        for shard in shards {
            shard.withLockedValue { records in
                for index in records.indices { body(&records.values[index]) }
            }
        }
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
