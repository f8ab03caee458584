import IoTHub
import NIOConcurrencyHelpers

/// The `Authorization` header of service requests: a ready-made token, or tokens made from a policy's key and kept until
/// they are nearly used up.
///
/// Making one costs an HMAC and some text work, so one token serves all requests of most of its life.
/// Source: Azure IoT Hub documentation, "Control access to IoT Hub with shared access signatures".
final class ServiceCredential: Sendable {
    private enum Source: Sendable {
        case token(String)
        case key(policy: String, key: String)
    }

    private struct Cached {
        var token: String
        var renewAt: Int64
    }

    /// The longest life of a token; more is cut, so that no sum with the clock overflows.
    static let longestLife: Duration = .seconds(100 * 366 * 86_400)

    private let source: Source
    private let resource: String
    private let timeToLive: Int64
    private let clock: @Sendable () -> Int64
    private let cached = NIOLockedValueBox<Cached?>(nil)

    /// - Parameters:
    ///   - connectionString: A policy's connection string; a device's is refused.
    ///   - timeToLive: Life of each token, 1 second to ``longestLife``; what lies outside is taken for the nearer end.
    ///   - clock: Seconds since 1970.
    /// - Throws: ``ServiceClientError`` for a device's connection string, `IoTHubError` for a key that is not Base64.
    init(connectionString: ConnectionString, timeToLive: Duration, clock: @escaping @Sendable () -> Int64) throws {
        switch connectionString.credential {
        case .policy(let name, let key):
            source = .key(policy: name, key: key)
        case .policyToken(_, let token):
            source = .token(token)
        case .deviceKey, .deviceX509, .deviceToken:
            throw ServiceClientError(
                reason: .invalidArgument,
                operation: "connection string",
                message: "this is a device's connection string; the service API needs one of a shared access policy, "
                    + "with SharedAccessKeyName and SharedAccessKey"
            )
        }
        resource = connectionString.host
        self.timeToLive = min(max(timeToLive, .seconds(1)), Self.longestLife).components.seconds
        self.clock = clock
        // A key that is not Base64 shall fail here and not with the first request.
        _ = try authorization()
    }

    /// The header's value for a request sent now.
    func authorization() throws -> String {
        switch source {
        case .token(let token):
            return token
        case .key(let policy, let key):
            let now = clock()
            return try cached.withLockedValue { cached in
                if let cached, now < cached.renewAt, now >= cached.renewAt - timeToLive { return cached.token }
                let signature = try SharedAccessSignature.create(
                    resource: resource,
                    key: key,
                    expiry: now + timeToLive,
                    policy: policy
                )
                cached = Cached(token: signature.token, renewAt: now + timeToLive * 85 / 100)
                return signature.token
            }
        }
    }
}
