import IoTHub

/// The back end's view of a hub: its device identities and their twins, over the HTTPS service API.
///
/// One manager keeps a pool of connections; share it, and call ``close()`` in the end. All calls can be made from
/// anywhere, many at a time. A cancelled task ends its call with `CancellationError`; every other failure is a
/// ``ServiceClientError``. Which failures are tried again is told at ``ServiceRetryPolicy``.
///
/// Source: Azure IoT Hub service REST API, version 2021-04-12; `RegistryManager` of Microsoft's .NET service SDK.
public final class RegistryManager: Sendable {
    /// The hub's address without port.
    public var hostName: String { connection.hostName }

    let connection: HubConnection

    init(connection: HubConnection) {
        self.connection = connection
    }

    /// Creates a manager from the connection string of a shared access policy.
    ///
    /// The policy needs the registry permissions for identities and *service connect* for twins. Nothing is sent yet.
    ///
    /// - Parameters:
    ///   - connectionString: `HostName=…;SharedAccessKeyName=…;SharedAccessKey=…`; the host may carry a port.
    ///   - options: Time limits, retries, the authorities to trust.
    /// - Returns: The manager; close it in the end.
    /// - Throws: `IoTHubError` for a malformed connection string, ``ServiceClientError`` for one that is not a policy's
    ///   and for an unreadable file of authorities.
    public static func create(
        connectionString: String,
        options: ServiceClientOptions = ServiceClientOptions()
    ) throws -> RegistryManager {
        RegistryManager(connection: try HubConnection.make(connectionString: connectionString, options: options))
    }

    /// Creates a manager that proves itself by Microsoft Entra.
    ///
    /// The credential's principal needs a role at the hub, such as *IoT Hub Data Contributor*. Tokens are kept, renewed
    /// ahead of their expiry, and asked for one at a time. Nothing is sent yet.
    ///
    /// - Parameters:
    ///   - hostName: The hub's address, such as `myhub.azure-devices.net`; it may carry a port.
    ///   - credential: Gets the access tokens.
    ///   - options: Time limits, retries, the authorities to trust.
    /// - Returns: The manager; close it in the end.
    /// - Throws: ``ServiceClientError`` for a bad host name and for an unreadable file of authorities.
    public static func create(
        hostName: String,
        credential: any TokenCredential,
        options: ServiceClientOptions = ServiceClientOptions()
    ) throws -> RegistryManager {
        RegistryManager(
            connection: try HubConnection.make(hostName: hostName, credential: credential, options: options)
        )
    }

    /// Closes the connections; calls under way fail.
    ///
    /// Closing twice does nothing.
    public func close() async throws {
        try await connection.close()
    }

    func path(_ collection: String, _ deviceID: String) throws -> String {
        try WriteCheck(operation: collection).id(deviceID)
        return "/\(collection)/\(PercentEncoding.encode(deviceID))"
    }
}
