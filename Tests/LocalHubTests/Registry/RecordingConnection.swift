import IoTHub
import NIOConcurrencyHelpers

@testable import LocalHub

/// A device's connection that notes what the registry tells it.
final class RecordingConnection: DeviceConnection {
    private struct State {
        var changes: [DesiredChange] = []
        var closeReasons: [DeviceCloseReason] = []
    }

    let transport = TransportType.mqttTcpOnly
    private let state = NIOLockedValueBox(State())

    var changes: [DesiredChange] { state.withLockedValue { $0.changes } }
    var closeReasons: [DeviceCloseReason] { state.withLockedValue { $0.closeReasons } }

    func deliver(_ change: DesiredChange) { state.withLockedValue { $0.changes.append(change) } }
    func close(because reason: DeviceCloseReason) { state.withLockedValue { $0.closeReasons.append(reason) } }
}

/// The code of the `IoTHubError` that a body throws; nil when it throws none.
func code(of body: () throws -> Void) -> IoTHubErrorCode? {
    do {
        try body()
        return nil
    } catch {
        return (error as? IoTHubError)?.code
    }
}
