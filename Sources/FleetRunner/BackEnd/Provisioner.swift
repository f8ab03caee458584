import DeviceClient
import Fleet
import IoTHub
import NIOConcurrencyHelpers
import ServiceClient

/// Creates the identities and tags that the hub lacks.
struct Provisioner: Sendable {
    /// What came of it.
    struct Outcome: Sendable {
        /// What each device proves itself by, by its place in the fleet; nil where the device cannot be used.
        var proofs: [DeviceProof?]
        /// Devices that this run created, as places in the fleet.
        var created: [Int] = []
        /// Devices that existed before.
        var existing = 0
        /// Existing devices whose tags were changed.
        var retagged = 0
        /// Existing devices for whose new certificates thumbprints were registered.
        var rethumbed = 0
        /// Devices that cannot be used, with the reason.
        var refused: [Int: String] = [:]
    }

    /// Bulk requests under way at once.
    static let requestsAtOnce = 4

    private let manager: RegistryManager
    private let fleet: Fleet
    private let certificates: FleetCertificates
    private let limits: HubLimits
    private let configuration: RunConfiguration
    private let progress: @Sendable (_ done: Int, _ failed: Int) -> Void

    private let book: Book

    init(
        manager: RegistryManager,
        fleet: Fleet,
        certificates: FleetCertificates,
        limits: HubLimits,
        configuration: RunConfiguration,
        progress: @escaping @Sendable (_ done: Int, _ failed: Int) -> Void
    ) {
        self.manager = manager
        self.fleet = fleet
        self.certificates = certificates
        self.limits = limits
        self.configuration = configuration
        self.progress = progress
        book = Book(devices: fleet.devices.count)
    }

    private final class Book: Sendable {
        let outcome: NIOLockedValueBox<Outcome>
        init(devices: Int) { outcome = NIOLockedValueBox(Outcome(proofs: Array(repeating: nil, count: devices))) }
        var count: (done: Int, failed: Int) {
            outcome.withLockedValue { ($0.created.count + $0.existing + $0.refused.count, $0.refused.count) }
        }
    }

    /// Creates what is missing, in bulk, then looks at what was there.
    /// - Throws: `RunError` when the hub refuses a whole request, `CancellationError`; ``outcome`` tells what was done.
    func provision() async throws {
        let existing = NIOLockedValueBox<[Existing]>([])
        let failure = NIOLockedValueBox<RunError?>(nil)
        let batches = stride(from: 0, to: fleet.devices.count, by: RegistryManager.largestBulk).map {
            $0..<min($0 + RegistryManager.largestBulk, fleet.devices.count)
        }
        // Each item of a bulk request counts as one operation.
        let batchPace = limits.identityOperationsPerSecond.map { $0 / Double(RegistryManager.largestBulk) }
        await forEach(batches, atOnce: Self.requestsAtOnce, perSecond: batchPace) { batch in
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
        // An existing device takes one operation or several, of several kinds, and each kind has its own limit.
        let pace = AdoptionPace(limits)
        await forEach(
            existing.withLockedValue { $0.sorted { $0.index < $1.index } },
            atOnce: configuration.maximumRequests
        ) { device in
            await adopt(device, pace)
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

    /// A device that exists already, and the certificate that it is to have.
    private struct Existing: Sendable {
        var index: Int
        var certificate: DeviceCertificate?
    }

    /// - Returns: the devices of the batch that exist already.
    private func create(_ batch: Range<Int>) async throws -> [Existing] {
        var proofs: [Int: DeviceProof] = [:]
        var items: [BulkItem] = []
        for index in batch {
            let declared = fleet.devices[index]
            let (proof, authentication): (DeviceProof, AuthenticationMechanism)
            do throws(DeviceClientError) {
                (proof, authentication) = try prove(declared)
            } catch {
                refuse(index, error.message)
                continue
            }
            proofs[index] = proof
            var item = BulkItem(
                deviceID: declared.id,
                mode: .create,
                device: Device(id: declared.id, authentication: authentication)
            )
            if !declared.tags.isEmpty { item.tags = declared.tags }
            items.append(item)
        }
        guard !items.isEmpty else { return [] }
        // An interruption must not leave this request: what the hub has created then would be in nobody's books, and
        // `--cleanup` would not remove it.
        let result = try await Task { [items] in try await manager.bulk(items) }.value
        var errors: [String: BulkError] = [:]
        for error in result.errors { errors[error.deviceID] = error }
        var existing: [Existing] = []
        book.outcome.withLockedValue { outcome in
            for (index, proof) in proofs.sorted(by: { $0.key < $1.key }) {
                switch errors[fleet.devices[index].id] {
                case nil:
                    outcome.proofs[index] = proof
                    outcome.created.append(index)
                case let error? where error.code == .deviceAlreadyExists:
                    existing.append(Existing(index: index, certificate: proof.certificate))
                case let error?:
                    outcome.refused[index] = error.status.isEmpty ? "refused by the hub" : error.status
                }
            }
        }
        return existing
    }

    /// What a new device proves itself by, and what of it the hub is told.
    private func prove(
        _ device: FleetDevice
    ) throws(DeviceClientError) -> (proof: DeviceProof, authentication: AuthenticationMechanism) {
        guard let setting = device.auth.x509 else {
            let key = SymmetricKey.randomKey()
            return (.key(key), .sas(primaryKey: key, secondaryKey: SymmetricKey.randomKey()))
        }
        let certificate = try certificates.certificate(of: device.id, setting)
        switch setting.kind {
        case .selfSigned:
            return (.certificate(certificate), .selfSigned(primaryThumbprint: certificate.sha256Thumbprint))
        case .certificateAuthority: return (.certificate(certificate), .certificateAuthority)
        }
    }

    private func refuse(_ index: Int, _ reason: String) {
        book.outcome.withLockedValue { $0.refused[index] = reason }
    }

    /// Takes a device that was there before: its key or its certificate, and the tags that it lacks.
    private func adopt(_ existing: Existing, _ pace: AdoptionPace) async {
        let index = existing.index
        let declared = fleet.devices[index]
        do {
            try await pace.identities.turn()
            var device = try await manager.getDevice(declared.id)
            let (proof, hasNewThumbprint): (DeviceProof, Bool)
            switch Adoption(of: device.authentication, as: declared.auth, existing.certificate) {
            case .refused(let reason): return refuse(index, reason)
            case .asItIs(let known): (proof, hasNewThumbprint) = (known, false)
            case .rethumbed(let authentication, let known):
                device.authentication = authentication
                try await pace.identities.turn()
                try await manager.updateDevice(device)
                (proof, hasNewThumbprint) = (known, true)
            }
            var isRetagged = false
            if !declared.tags.isEmpty {
                try await pace.twinReads.turn()
                let twin = try await manager.getTwin(declared.id)
                var merged = twin.tags.values
                merged.merge(patch: declared.tags)
                if merged != twin.tags.values {
                    try await pace.twinUpdates.turn()
                    try await manager.updateTwin(declared.id, patch: ["tags": .object(declared.tags)])
                    isRetagged = true
                }
            }
            book.outcome.withLockedValue { outcome in
                outcome.proofs[index] = proof
                outcome.existing += 1
                if isRetagged { outcome.retagged += 1 }
                if hasNewThumbprint { outcome.rethumbed += 1 }
            }
        } catch is CancellationError {
            // Nothing is wrong with the device: the run ends here.
        } catch {
            refuse(index, (error as? ServiceClientError)?.shortReason ?? "\(error)")
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
        await forEach(batches, atOnce: Self.requestsAtOnce, perSecond: pace) { ids in
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
