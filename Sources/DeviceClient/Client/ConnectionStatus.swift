/// Whether a device is connected.
public enum ConnectionStatus: String, Sendable, Hashable {
    /// Not connected, and nothing is being done about it.
    case disconnected
    /// Connected, subscribed, and level with the hub.
    case connected
    /// The connection was lost; another is being made.
    case disconnectedRetrying
    /// The client has been closed.
    case disabled
}

/// Why the connection status changed.
public enum ConnectionStatusChangeReason: String, Sendable, Hashable {
    /// The connection stands.
    case connectionOk
    /// The token that the client was given has ended.
    case expiredSASToken
    /// The hub does not know the device, or has disabled it.
    case deviceDisabled
    /// The hub does not accept the key, token or certificate, or the certificate is expired.
    case badCredential
    /// The retry policy gave up.
    case retryExpired
    /// There is no network.
    case noNetwork
    /// The connection was lost or could not be made.
    case communicationError
    /// The client was closed.
    case clientClose
}
