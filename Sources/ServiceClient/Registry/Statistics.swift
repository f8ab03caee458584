/// How many devices are registered.
public struct RegistryStatistics: Sendable, Hashable {
    /// All devices.
    public var totalDeviceCount: Int
    /// Those that may connect.
    public var enabledDeviceCount: Int
    /// Those that may not.
    public var disabledDeviceCount: Int

    /// Creates statistics.
    public init(totalDeviceCount: Int, enabledDeviceCount: Int, disabledDeviceCount: Int) {
        self.totalDeviceCount = totalDeviceCount
        self.enabledDeviceCount = enabledDeviceCount
        self.disabledDeviceCount = disabledDeviceCount
    }
}

/// How many devices are connected.
public struct ServiceStatistics: Sendable, Hashable {
    /// Devices that have a connection now, as far as the hub knows.
    public var connectedDeviceCount: Int

    /// Creates statistics.
    public init(connectedDeviceCount: Int) {
        self.connectedDeviceCount = connectedDeviceCount
    }
}

extension RegistryManager {
    /// Counts the registered devices.
    ///
    /// - Returns: The counts.
    /// - Throws: ``ServiceClientError``.
    public func getRegistryStatistics() async throws -> RegistryStatistics {
        let request = HubRequest.get("/statistics/devices")
        return try await connection.value(of: request) { json in
            RegistryStatistics(
                totalDeviceCount: try UnexpectedAnswer.count("totalDeviceCount", in: json),
                enabledDeviceCount: try UnexpectedAnswer.count("enabledDeviceCount", in: json),
                disabledDeviceCount: try UnexpectedAnswer.count("disabledDeviceCount", in: json)
            )
        }
    }

    /// Counts the connected devices.
    ///
    /// - Returns: The count.
    /// - Throws: ``ServiceClientError``.
    public func getServiceStatistics() async throws -> ServiceStatistics {
        let request = HubRequest.get("/statistics/service")
        return try await connection.value(of: request) { json in
            ServiceStatistics(connectedDeviceCount: try UnexpectedAnswer.count("connectedDeviceCount", in: json))
        }
    }
}
