import DeviceClient
import IoTHub
import NIOConcurrencyHelpers

/// One device of the fleet: its client, and the echo of what it is told.
///
/// From notification to reported patch everything happens in one call on the client's lane. An echo that a lost
/// connection swallowed is reported again when the connection is back, in order.
final class FleetDeviceClient: Sendable {
    private struct Echo {
        var reference: Ledger.Reference?
        var patch: JSONObject
        var attempts = 0
    }

    private struct State {
        var status = ConnectionStatus.disconnected
        var wasConnected = false
        /// Echoes to report again, oldest first.
        var unreported: [Echo] = []
    }

    /// The device's place in the fleet.
    let index: Int
    let client: DeviceClient
    private let ledger: Ledger
    private let counters: DeviceCounters
    private let errors: ErrorBook
    private let state = NIOLockedValueBox(State())

    /// The most times that one echo is reported.
    private static let attempts = 20

    init(index: Int, client: DeviceClient, ledger: Ledger, counters: DeviceCounters, errors: ErrorBook) {
        self.index = index
        self.client = client
        self.ledger = ledger
        self.counters = counters
        self.errors = errors
    }

    /// Opens the connection; retried by the client's policy until it works, fails for good, or the task is cancelled.
    func connect() async throws {
        await client.setConnectionStatusChangesHandler { [weak self] status, _ in self?.statusChanged(to: status) }
        try await client.open()
    }

    /// Subscribes, fetches the twin, and reports connectivity and launch time; each step is acknowledged by the hub.
    func makeReady(connectivity: String?) async throws {
        try await client.setDesiredPropertyHandler { [weak self] client, update in
            self?.received(update, on: client)
        }
        let twin = try await client.getTwin()
        ledger.start(device: index, version: twin.properties.desired.version ?? 0)
        let launch = EchoPatch.launch(connectivity: connectivity, epoch: RunClock.epochNow())
        try await client.updateReportedProperties(TwinCollection(launch))
    }

    /// Closes the connection.
    func close() async { await client.close() }

    /// Whether it is connected now.
    var isConnected: Bool { state.withLockedValue { $0.status == .connected } }

    /// Over what it reaches, or last reached, the hub; nil when it never did.
    func activeTransport() async -> TransportType? { await client.activeTransport }

    /// Why the connection was last lost or could not be made, in words.
    func lastFailure() async -> String? { await client.lastConnectionError?.message }

    // MARK: On the lane

    private func received(_ update: DesiredPropertyUpdate, on client: isolated DeviceClient) {
        let instant = RunClock.now()
        let epoch = RunClock.epochNow()
        let values = update.properties.values
        let reference: Ledger.Reference?
        switch update.origin {
        case .notification:
            reference = ledger.notified(
                device: index,
                version: update.version,
                values: values,
                at: instant,
                epoch: epoch
            )
        case .catchUp:
            reference = ledger.caughtUp(
                device: index,
                version: update.version,
                values: values,
                at: instant,
                epoch: epoch
            )
        case .stale:
            ledger.notifiedAgain(device: index, version: update.version)
            return
        }
        let patch = EchoPatch.answer(to: values, receivedEpoch: epoch)
        if let reference { ledger.echoed(reference, at: RunClock.now()) }
        report(Echo(reference: reference, patch: patch), on: client)
    }

    private func report(_ echo: Echo, on client: isolated DeviceClient) {
        client.report(echo.patch) { [weak self] client, result in
            guard let self else { return }
            switch result {
            case .success:
                if let reference = echo.reference { self.ledger.acknowledged(reference, at: RunClock.now()) }
            case .failure(let error):
                self.failed(echo, error, on: client)
            }
        }
    }

    private func failed(_ echo: Echo, _ error: DeviceClientError, on client: isolated DeviceClient) {
        errors.add("reported properties: \(error.message)", phase: .drive, deviceID: client.deviceID)
        guard error.isTransient, echo.attempts + 1 < Self.attempts else { return }
        var again = echo
        again.attempts += 1
        let isConnected = state.withLockedValue { state in
            state.unreported.append(again)
            return state.status == .connected
        }
        guard isConnected else { return }
        // Refused although connected, by throttling for example: wait, and longer each time.
        let wait = Duration.milliseconds(200 * min(again.attempts, 25))
        Task { [weak self] in
            do { try await Task.sleep(for: wait) } catch { return }
            await self?.reportAgain()
        }
    }

    private func reportAgain() async { await reportAgain(on: client) }

    private func reportAgain(on client: isolated DeviceClient) {
        let echoes = state.withLockedValue { state -> [Echo] in
            guard state.status == .connected else { return [] }
            defer { state.unreported = [] }
            return state.unreported
        }
        for echo in echoes { report(echo, on: client) }
    }

    private func statusChanged(to status: ConnectionStatus) {
        let (before, isReconnect) = state.withLockedValue { state in
            let before = state.status
            state.status = status
            let isReconnect = status == .connected && state.wasConnected && before != .connected
            if status == .connected { state.wasConnected = true }
            return (before, isReconnect)
        }
        counters.change(device: index) { counts in
            if status == .connected, before != .connected { counts.connected += 1 }
            if status != .connected, before == .connected { counts.connected -= 1 }
            if isReconnect { counts.reconnects += 1 }
        }
        guard status == .connected else { return }
        // The client calls this on its lane.
        client.assumeIsolated { client in self.reportAgain(on: client) }
    }
}
