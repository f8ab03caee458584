internal import Dispatch

/// Looks hosts up, each once at a time: who asks meanwhile gets the same answer.
///
/// While the name server is away a look-up takes many seconds, and every device asks at each try. One after the other they
/// would pile up, and what they found would come long after the server is back.
actor HostLookups {
    static let shared = HostLookups { host in
        Result { () throws(DeviceClientError) in try HostAddress.lookUp(host) }
    }

    private let lookUp: @Sendable (String) -> Result<HostAddress, DeviceClientError>
    private var running: [String: Task<HostAddress, any Error>] = [:]
    /// How many wait for an answer.
    private(set) var waiting = 0

    init(_ lookUp: @escaping @Sendable (String) -> Result<HostAddress, DeviceClientError>) { self.lookUp = lookUp }

    /// Finds a host, or waits for the look-up of it that is under way.
    func find(_ host: String) async throws -> HostAddress {
        waiting += 1
        defer { waiting -= 1 }
        if let task = running[host] { return try await task.value }
        let task = Task { [lookUp] in
            try await withCheckedThrowingContinuation { continuation in
                // Untargeted, so that a look-up that takes seconds holds a thread of its own and none of a lane's.
                DispatchQueue(label: "twinfleet.resolver").async { continuation.resume(with: lookUp(host).widened) }
            }
        }
        running[host] = task
        defer { running[host] = nil }
        return try await task.value
    }
}
