import Fleet
import IoTHub
import NIOConcurrencyHelpers
import ServiceClient

/// Creates the identities and tags that the hub lacks.
struct Provisioner: Sendable {
    /// What came of it.
    struct Outcome: Sendable {
        /// The shared access key of each device, by its place in the fleet; nil where the hub refused the device.
        var keys: [String?]
        /// Devices that this run created, as places in the fleet.
        var created: [Int] = []
        /// Devices that existed before.
        var existing = 0
        /// Existing devices whose tags were changed.
        var retagged = 0
        /// Devices that cannot be used, with the reason.
        var refused: [Int: String] = [:]
    }

    private let manager: RegistryManager
    private let fleet: Fleet
    private let limits: HubLimits
    private let configuration: RunConfiguration
    private let progress: @Sendable (_ done: Int, _ failed: Int) -> Void

    private let book: Book

    init(
        manager: RegistryManager,
        fleet: Fleet,
        limits: HubLimits,
        configuration: RunConfiguration,
        progress: @escaping @Sendable (_ done: Int, _ failed: Int) -> Void
    ) {
        self.manager = manager
        self.fleet = fleet
        self.limits = limits
        self.configuration = configuration
        self.progress = progress
        book = Book(devices: fleet.devices.count)
    }

    private final class Book: Sendable {
        let outcome: NIOLockedValueBox<Outcome>
        init(devices: Int) { outcome = NIOLockedValueBox(Outcome(keys: Array(repeating: nil, count: devices))) }
        var count: (done: Int, failed: Int) {
            outcome.withLockedValue { ($0.created.count + $0.existing + $0.refused.count, $0.refused.count) }
        }
    }

    /// Creates what is missing, in bulk, then looks at what was there.
    /// - Throws: `RunError` when the hub refuses a whole request, `CancellationError`; ``outcome`` tells what was done.
    func provision() async throws {
        let existing = NIOLockedValueBox<[Int]>([])
        let failure = NIOLockedValueBox<RunError?>(nil)
        let batches = stride(from: 0, to: fleet.devices.count, by: RegistryManager.largestBulk).map {
            $0..<min($0 + RegistryManager.largestBulk, fleet.devices.count)
        }
        // Each item of a bulk request counts as one operation.
        let pace = limits.identityOperationsPerSecond.map { $0 / Double(RegistryManager.largestBulk) }
        await forEach(batches, atOnce: 4, perSecond: pace) { batch in
            guard failure.withLockedValue({ $0 == nil }) else { return }
            do {
                let found = try await create(batch)
                existing.withLockedValue { $0 += found }
                report()
            } catch {
                guard !Task.isCancelled else { return }
                failure.withLockedValue {
                    $0 = $0 ?? RunError(error, while: "creating devices", host: manager.hostName)
                }
            }
        }
        if let failure = failure.withLockedValue({ $0 }) { throw failure }
        await forEach(
            existing.withLockedValue { $0.sorted() },
            atOnce: configuration.maximumRequests,
            perSecond: slowest(limits.identityOperationsPerSecond, limits.twinReadsPerSecond)
        ) { index in
            await adopt(index)
            report()
        }
        try Task.checkCancellation()
    }

    /// What has come of it so far.
    var outcome: Outcome { book.outcome.withLockedValue { $0 } }

    private func report() {
        let (done, failed) = book.count
        progress(done, failed)
    }

    private func slowest(_ rates: Double?...) -> Double? { rates.compactMap(\.self).min() }

    /// - Returns: the devices of the batch that exist already.
    private func create(_ batch: Range<Int>) async throws -> [Int] {
        var keys: [Int: String] = [:]
        let items = batch.map { index -> BulkItem in
            let declared = fleet.devices[index]
            let key = SymmetricKey.randomKey()
            keys[index] = key
            let device = Device(
                id: declared.id,
                authentication: AuthenticationMechanism(
                    symmetricKey: SymmetricKey(primaryKey: key, secondaryKey: SymmetricKey.randomKey())
                )
            )
            var item = BulkItem(deviceID: declared.id, mode: .create, device: device)
            if !declared.tags.isEmpty { item.tags = declared.tags }
            return item
        }
        let result = try await manager.bulk(items)
        var errors: [String: BulkError] = [:]
        for error in result.errors { errors[error.deviceID] = error }
        var existing: [Int] = []
        book.outcome.withLockedValue { outcome in
            for index in batch {
                switch errors[fleet.devices[index].id] {
                case nil:
                    outcome.keys[index] = keys[index]
                    outcome.created.append(index)
                case let error? where error.code == .deviceAlreadyExists:
                    existing.append(index)
                case let error?:
                    outcome.refused[index] = error.status.isEmpty ? "refused by the hub" : error.status
                }
            }
        }
        return existing
    }

    /// Takes a device that was there before: its key, and the tags that it lacks.
    private func adopt(_ index: Int) async {
        let declared = fleet.devices[index]
        do {
            let device = try await manager.getDevice(declared.id)
            guard device.authentication.type == .sas, let key = device.authentication.symmetricKey?.primaryKey else {
                book.outcome.withLockedValue {
                    $0.refused[index] =
                        "exists with authentication \(device.authentication.type.rawValue); this run needs sas"
                }
                return
            }
            var isRetagged = false
            if !declared.tags.isEmpty {
                let twin = try await manager.getTwin(declared.id)
                var merged = twin.tags.values
                merged.merge(patch: declared.tags)
                if merged != twin.tags.values {
                    try await manager.updateTwin(declared.id, patch: ["tags": .object(declared.tags)])
                    isRetagged = true
                }
            }
            book.outcome.withLockedValue { outcome in
                outcome.keys[index] = key
                outcome.existing += 1
                if isRetagged { outcome.retagged += 1 }
            }
        } catch {
            let reason = (error as? ServiceClientError)?.shortReason ?? "\(error)"
            book.outcome.withLockedValue { $0.refused[index] = reason }
        }
    }

    /// Removes the devices that this run created.
    /// - Returns: how many are gone, and why others are not.
    func removeCreated() async -> (removed: Int, failure: String?) {
        let indices = outcome.created
        let removed = NIOLockedValueBox(0)
        let failure = NIOLockedValueBox<String?>(nil)
        let batches = stride(from: 0, to: indices.count, by: RegistryManager.largestBulk).map {
            indices[$0..<min($0 + RegistryManager.largestBulk, indices.count)].map { fleet.devices[$0].id }
        }
        let pace = limits.identityOperationsPerSecond.map { $0 / Double(RegistryManager.largestBulk) }
        await forEach(batches, atOnce: 4, perSecond: pace) { ids in
            do {
                let result = try await manager.removeDevices2(ids)
                removed.withLockedValue { $0 += ids.count - result.errors.count }
                if let first = result.errors.first {
                    failure.withLockedValue { $0 = "\(first.deviceID): \(first.status)" }
                }
            } catch {
                failure.withLockedValue { $0 = "\(error)" }
            }
        }
        return (removed.withLockedValue { $0 }, failure.withLockedValue { $0 })
    }
}
