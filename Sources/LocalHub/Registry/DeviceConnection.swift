import IoTHub

/// A device's connection as the registry knows it, whatever its protocol.
///
/// All methods are called with a lock of the registry held, or by the journal's writer: they must only hand over to
/// the connection's event loop.
protocol DeviceConnection: AnyObject, Sendable {
    /// What carries it: one of the four `…Only` transports.
    var transport: TransportType { get }

    /// Tells the device of a change of its desired properties; called in the order of `$version`.
    func deliver(_ change: DesiredChange)

    /// Ends the connection.
    func close(because reason: DeviceCloseReason)
}

/// Why the hub ends a device's connection.
enum DeviceCloseReason: String, Sendable {
    /// A newer connection with the same id has come.
    case takenOver
    /// The identity was disabled.
    case deviceDisabled
    /// The identity was removed.
    case deviceRemoved
    /// The hub stops, or cuts its connections.
    case hubStopping
}

/// What a front end needs to decide whether a device is who it claims to be.
struct DeviceAuthentication: Sendable {
    var status: DeviceStatus
    /// Base64; nil when the device does not use keys.
    var primaryKey: String?
    /// Base64; nil when the device does not use keys.
    var secondaryKey: String?
    var type: AuthenticationType
    /// The thumbprints of the certificates that a device with `selfSigned` may show.
    var thumbprints: [String] = []
}
