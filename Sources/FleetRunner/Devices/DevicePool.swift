import DeviceClient
import Fleet
import IoTHub
import Logging
import NIOConcurrencyHelpers

/// The clients of all devices, from creation to close.
final class DevicePool: Sendable {
    /// Devices that get ready, or are closed, at once.
    static let devicesAtOnce = 256

    /// The devices that could be made, by their place in the fleet.
    let devices: [FleetDeviceClient?]
    private let counters: DeviceCounters

    private let fleet: Fleet
    private let configuration: RunConfiguration
    private let limits: HubLimits
    private let errors: ErrorBook
    private let ledger: Ledger
    private let unready: NIOLockedValueBox<[Int: String]>
    private let connected = NIOLockedValueBox<[Int]>([])
    private let ready = NIOLockedValueBox<[Int]>([])

    /// Makes a client for every device that has what to prove itself by.
    /// - Throws: `RunError` when lanes or the TLS context cannot be made.
    init(
        fleet: Fleet,
        outcome: Provisioner.Outcome,
        endpoint: HubEndpoint,
        hostName: String,
        configuration: RunConfiguration,
        limits: HubLimits,
        ledger: Ledger,
        counters: DeviceCounters,
        errors: ErrorBook
    ) async throws {
        self.fleet = fleet
        self.configuration = configuration
        self.limits = limits
        self.errors = errors
        self.ledger = ledger
        self.counters = counters
        for device in outcome.refused.keys { counters.change(device: device) { $0.failed += 1 } }
        unready = NIOLockedValueBox(outcome.refused)
        var options = ClientOptions()
        options.mqttPort = endpoint.mqttPort
        options.amqpPort = endpoint.amqpPort
        options.webSocketPort = endpoint.webSocketPort
        options.proxy = ProxySetting(endpoint.proxy)
        // A request under way cannot be called back, so that no limit above this one would be kept.
        options.operationTimeout = configuration.readyLimit
        let lanes: [Lane]
        do {
            options.tls = try DeviceTLS(trustedCAFile: endpoint.trustedCAFile)
            options.address = try await HostAddress.resolve(hostName)
            lanes = try Lane.makeLanes(count: configuration.lanes ?? Machine.processors)
        } catch {
            throw RunError(.hubUnreachable, "preparing the devices' connections: \(error)")
        }
        let pools = Self.poolSizes(of: fleet, outcome, lanes: lanes.count)
        var devices: [FleetDeviceClient?] = []
        devices.reserveCapacity(fleet.devices.count)
        for (index, declared) in fleet.devices.enumerated() {
            guard let proof = outcome.proofs[index] else {
                devices.append(nil)
                continue
            }
            options.lane = lanes[index % lanes.count]
            options.amqpConnectionPoolSettings = pools[index % lanes.count]
            options.certificate = proof.certificate
            let string = ConnectionString(hostName: hostName, credential: proof.credential(of: declared.id))
            let client: DeviceClient
            do {
                client = try DeviceClient.create(
                    connectionString: string.text,
                    transport: declared.transport,
                    options: options
                )
            } catch {
                throw RunError(.unsupported, "device \(declared.id): \(error)")
            }
            devices.append(
                FleetDeviceClient(index: index, client: client, ledger: ledger, counters: counters, errors: errors)
            )
        }
        self.devices = devices
    }

    /// How the devices of each lane share AMQP connections; those with certificates have their own.
    private static func poolSizes(
        of fleet: Fleet,
        _ outcome: Provisioner.Outcome,
        lanes: Int
    ) -> [AmqpConnectionPoolSettings] {
        guard let perConnection = fleet.amqpPool else {
            return Array(repeating: AmqpConnectionPoolSettings(), count: lanes)
        }
        var counts = Array(repeating: 0, count: lanes)
        for (index, device) in fleet.devices.enumerated() {
            if device.transport.isAMQP, case .key? = outcome.proofs[index] { counts[index % lanes] += 1 }
        }
        return counts.map { count in
            let connections = (count + perConnection - 1) / perConnection
            return AmqpConnectionPoolSettings(pooling: true, maxPoolSize: max(1, connections))
        }
    }

    /// What every device of the fleet declares, and over what it reaches the hub.
    func transports() async -> [TransportUse.Device] {
        var transports: [TransportUse.Device] = []
        transports.reserveCapacity(devices.count)
        for (declared, device) in zip(fleet.devices, devices) {
            transports.append((declared.transport, await device?.activeTransport()))
        }
        return transports
    }

    /// Devices that connected.
    var connectedCount: Int { connected.withLockedValue { $0.count } }
    /// Devices that got ready, as places in the fleet.
    var readyDevices: [Int] { ready.withLockedValue { $0.sorted() } }
    /// Devices that are not ready, in the fleet's order, with the reason of each.
    var notReady: [NotReadyDevice] {
        let ready = Set(ready.withLockedValue { $0 })
        let reasons = unready.withLockedValue { $0 }
        return fleet.devices.enumerated().compactMap { index, device in
            ready.contains(index)
                ? nil : NotReadyDevice(deviceID: device.id, reason: reasons[index] ?? "the run ended before")
        }
    }
    /// Ready devices that are not connected now, in the fleet's order, with the reason of each.
    func disconnected() async -> [NotReadyDevice] {
        var gone: [NotReadyDevice] = []
        for device in readyDevices.compactMap({ devices[$0] }) where !device.isConnected {
            let reason = await device.lastFailure() ?? "the hub ended the connection"
            gone.append(NotReadyDevice(deviceID: fleet.devices[device.index].id, reason: reason))
        }
        return gone
    }

    /// Why the first device failed, in words.
    var firstFailure: String? { unready.withLockedValue { reasons in reasons.keys.min().flatMap { reasons[$0] } } }

    /// Opens all connections, paced, a limited number of handshakes at once.
    /// - Parameters:
    ///   - progress: called after each device.
    ///   - note: called once with the reason when nobody gets through for a while.
    func connect(
        progress: @escaping @Sendable (_ done: Int, _ failed: Int) -> Void,
        note: @escaping @Sendable (String) -> Void
    ) async {
        let failed = NIOLockedValueBox(0)
        let watch = Task { await tellWhyNobodyConnects(note) }
        await forEach(
            devices.compactMap(\.self),
            atOnce: configuration.maximumHandshakes,
            perSecond: fleet.connectPerSecond ?? limits.connectionsPerSecond
        ) { [self] device in
            // While nobody got through, the hub is likely not there at all: waiting for each in turn would take hours.
            let limit =
                connectedCount == 0 && failed.withLockedValue({ $0 }) > 0 ? .seconds(2) : configuration.readyLimit
            do {
                try await within(limit) { try await device.connect() }
                connected.withLockedValue { $0.append(device.index) }
            } catch {
                guard !Task.isCancelled || !(error is CancellationError) else { return }
                failed.withLockedValue { $0 += 1 }
                await fail(device, error, .connect, after: limit)
            }
            progress(connectedCount, failed.withLockedValue { $0 })
        }
        // Nothing is told of connecting once it is over.
        watch.cancel()
        await watch.value
    }

    private func tellWhyNobodyConnects(_ note: @Sendable (String) -> Void) async {
        do { try await Task.sleep(for: configuration.firstConnectPatience) } catch { return }
        guard connectedCount == 0, let device = devices.lazy.compactMap(\.self).first,
            let why = await device.lastFailure(), !Task.isCancelled
        else { return }
        note("no device has connected so far: \(why); trying on")
    }

    /// Brings every connected device to the point where it is ready for changes.
    func makeReady(progress: @escaping @Sendable (_ done: Int, _ failed: Int) -> Void) async {
        let failed = NIOLockedValueBox(0)
        let clients = connected.withLockedValue { $0.sorted() }.compactMap { devices[$0] }
        // Each device costs one twin read and one twin update.
        let pace = [limits.twinReadsPerSecond, limits.twinUpdatesPerSecond].compactMap(\.self).min()
        await forEach(clients, atOnce: Self.devicesAtOnce, perSecond: pace) { [self] device in
            let connectivity = fleet.devices[device.index].connectivity
            do {
                try await within(configuration.readyLimit) { try await device.makeReady(connectivity: connectivity) }
                ready.withLockedValue { $0.append(device.index) }
                counters.change(device: device.index) { $0.ready += 1 }
            } catch {
                guard !Task.isCancelled || !(error is CancellationError) else { return }
                failed.withLockedValue { $0 += 1 }
                await fail(device, error, .ready, after: configuration.readyLimit)
            }
            progress(ready.withLockedValue { $0.count }, failed.withLockedValue { $0 })
        }
    }

    private func fail(_ device: FleetDeviceClient, _ error: any Error, _ phase: RunPhase, after limit: Duration) async {
        var reason = (error as? DeviceClientError)?.message ?? "\(error)"
        if error is TimeLimitError {
            let why = await device.lastFailure() ?? "no answer from the hub"
            reason = "not done within \(limit.components.seconds) s: \(why)"
        }
        errors.add(reason, phase: phase, deviceID: fleet.devices[device.index].id)
        counters.change(device: device.index) { $0.failed += 1 }
        unready.withLockedValue { $0[device.index] = "\(phase.rawValue): \(reason)" }
        await device.close()
    }

    /// Closes all connections.
    func close() async {
        await forEach(devices.compactMap(\.self), atOnce: Self.devicesAtOnce) { device in await device.close() }
    }
}

extension ProxySetting {
    fileprivate init(_ proxy: HubSetting.Proxy) {
        switch proxy {
        case .environment: self = .environment
        case .direct: self = .none
        case .url(let url): self = .url(url)
        }
    }
}
