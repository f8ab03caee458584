/// Makes the `Authorization` header of requests to one hub.
protocol HubAuthorization: Sendable {
    /// The header's value for a request sent now.
    ///
    /// - Parameter limit: Longest time to wait for one.
    /// - Returns: The value.
    /// - Throws: ``ServiceClientError``, `IoTHubError`, or `CancellationError`.
    func authorization(within limit: Duration) async throws -> String

    /// Another value in place of one that the hub has refused; `nil` when another would be refused as well.
    ///
    /// - Throws: `CancellationError`.
    func renewed(insteadOf refused: String, within limit: Duration) async throws -> String?
}

extension ServiceCredential: HubAuthorization {
    func authorization(within limit: Duration) async throws -> String { try authorization() }

    /// A key that signed a refused token signs no better one.
    func renewed(insteadOf refused: String, within limit: Duration) async throws -> String? { nil }
}
