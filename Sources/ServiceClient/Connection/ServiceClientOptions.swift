public import Logging

/// How a client talks to its server: a ``RegistryManager`` to its hub, a ``TokenCredential`` to Microsoft Entra.
public struct ServiceClientOptions: Sendable {
    /// A PEM file of certificate authorities to trust instead of the system's.
    ///
    /// A local hub writes its own authority to `ca.pem`; default: `nil`, the system's certificate authorities.
    public var trustedCAFile: String?

    /// Longest time for one call, its retries and the waits between them included; default: 100 seconds.
    public var operationTimeout: Duration = .seconds(100)

    /// Longest time for one HTTP exchange, from asking for a connection to the last byte; default: 30 seconds.
    public var attemptTimeout: Duration = .seconds(30)

    /// Longest time to set up a TCP connection with its TLS handshake; default: 10 seconds.
    public var connectTimeout: Duration = .seconds(10)

    /// Connections kept open to the hub, at least 1; further calls wait for a free one; default: 16.
    public var maximumConnections: Int = 16

    /// Time after which an unused connection is closed; default: 60 seconds.
    public var idleTimeout: Duration = .seconds(60)

    /// Life of a shared access signature made from a policy's key, 1 second to 100 years (what lies outside is taken for
    /// the nearer end); it is renewed when 15 % of it are left; default: 1 hour.
    public var sasTokenTimeToLive: Duration = .seconds(3600)

    /// Which failures are tried again, and how often; default: ``ServiceRetryPolicy/init()``.
    public var retryPolicy = ServiceRetryPolicy()

    /// Where retries and connection troubles are logged; keys and tokens never are; default: a logger that drops all.
    public var logger = Logger(label: "twinfleet.service") { _ in SwiftLogNoOpLogHandler() }

    /// Creates the default options.
    public init() {}

    /// The default options of credentials: at most 20 seconds for one exchange and 60 in all.
    public static var tokenRequests: ServiceClientOptions {
        var options = ServiceClientOptions()
        options.attemptTimeout = .seconds(20)
        options.operationTimeout = .seconds(60)
        return options
    }
}
