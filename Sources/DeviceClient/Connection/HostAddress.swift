internal import Glibc

/// Where a host is: its numeric addresses, in the order in which they are tried.
public struct HostAddress: Sendable, Hashable {
    /// IPv4 addresses first, in numbers; never empty.
    public let addresses: [String]

    init(addresses: [String]) { self.addresses = addresses }

    /// The address itself when a host is given in numbers; nil for a name.
    public init?(numeric host: String) {
        var address = in6_addr()
        guard inet_pton(AF_INET, host, &address) == 1 || inet_pton(AF_INET6, host, &address) == 1 else { return nil }
        addresses = [host]
    }

    /// Looks a host up, on a thread of its own; those who ask for it meanwhile get the same answer.
    /// - Parameter host: a name or an address.
    /// - Returns: its addresses.
    /// - Throws: `DeviceClientError` with `communication` when the host cannot be found.
    public static func resolve(_ host: String) async throws -> HostAddress {
        if let numeric = HostAddress(numeric: host) { return numeric }
        return try await HostLookups.shared.find(host)
    }

    /// Asks the system, which can take seconds.
    static func lookUp(_ host: String) throws(DeviceClientError) -> HostAddress {
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var list: UnsafeMutablePointer<addrinfo>?
        let code = getaddrinfo(host, nil, &hints, &list)
        guard code == 0 else {
            throw DeviceClientError(
                .communication,
                "cannot find host '\(host)': \(String(cString: gai_strerror(code)))"
            )
        }
        defer { freeaddrinfo(list) }
        var found: [(family: Int32, text: String)] = []
        var next = list
        while let entry = next?.pointee {
            next = entry.ai_next
            let text = withUnsafeTemporaryAllocation(of: CChar.self, capacity: Int(NI_MAXHOST)) { buffer in
                let size = socklen_t(buffer.count)
                let code = getnameinfo(
                    entry.ai_addr,
                    entry.ai_addrlen,
                    buffer.baseAddress,
                    size,
                    nil,
                    0,
                    NI_NUMERICHOST
                )
                return code == 0 ? buffer.baseAddress.map { String(cString: $0) } : nil
            }
            if let text { found.append((entry.ai_family, text)) }
        }
        let addresses = found.filter { $0.family == AF_INET } + found.filter { $0.family != AF_INET }
        guard !addresses.isEmpty else { throw DeviceClientError(.communication, "host '\(host)' has no address") }
        return HostAddress(addresses: addresses.map(\.text))
    }
}

extension Result where Failure == DeviceClientError {
    /// The same result with an untyped error, as continuations want it.
    var widened: Result<Success, any Error> { mapError { $0 } }
}
