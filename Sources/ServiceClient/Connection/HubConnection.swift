import AsyncHTTPClient
import IoTHub
import NIOCore
import NIOHTTP1

/// HTTPS exchanges with one hub: authorization, retries, errors.
final class HubConnection: Sendable {
    /// The hub's address without port.
    let hostName: String

    private let peer: HTTPPeer
    private let authorization: any HubAuthorization
    private let options: ServiceClientOptions
    private let clock: @Sendable () -> Int64

    /// - Parameters:
    ///   - place: The hub's host name and port.
    ///   - scheme: `https`, or `http` for tests.
    ///   - authorization: Makes the authorization header.
    ///   - options: Time limits, retries, the authorities to trust.
    ///   - clock: Seconds since 1970.
    /// - Throws: ``ServiceClientError`` for an unreadable file of authorities.
    init(
        _ place: HostAndPort,
        scheme: String,
        authorization: any HubAuthorization,
        options: ServiceClientOptions,
        clock: @escaping @Sendable () -> Int64
    ) throws(ServiceClientError) {
        hostName = place.host
        peer = try HTTPPeer(base: "\(scheme)://\(place.text)", options: options)
        self.authorization = authorization
        self.options = options
        self.clock = clock
    }

    /// Closes all connections; calls under way fail.
    func close() async throws { try await peer.close() }

    /// Sends a request, again where the policy allows it, and returns an accepted answer.
    ///
    /// - Throws: ``ServiceClientError``, or `CancellationError` when the task is cancelled.
    func send(_ request: HubRequest) async throws -> HubResponse {
        let deadline = ContinuousClock.now + options.operationTimeout
        return try await options.retryPolicy.tryAgain(
            until: deadline,
            logger: options.logger,
            if: { $0.isWorthRetrying(isRepeatable: request.isRepeatable, hasAnswered: peer.hasAnswered) },
            { try await exchange(request, deadline: deadline) }
        )
    }

    private func exchange(_ request: HubRequest, deadline: ContinuousClock.Instant) async throws -> HubResponse {
        try peer.checkOpen(request.name)
        let header = try await authorization.authorization(within: deadline - ContinuousClock.now)
        var response = try await exchange(request, header, deadline)
        // A token can be revoked, or its keys replaced, before it expires.
        if response.status == .unauthorized,
            let other = try await authorization.renewed(
                insteadOf: header,
                within: deadline - ContinuousClock.now
            )
        {
            response = try await exchange(request, other, deadline)
        }
        let status = Int(response.status.code)
        if (200..<300).contains(status) || request.alsoAccepted.contains(status) { return response }
        throw error(from: response, operation: request.name)
    }

    private func exchange(
        _ request: HubRequest,
        _ authorization: String,
        _ deadline: ContinuousClock.Instant
    ) async throws -> HubResponse {
        try await peer.exchange(request.target, operation: request.name, deadline: deadline) { message in
            message.method = request.method
            message.headers.add(name: "Authorization", value: authorization)
            for field in request.headers { message.headers.add(name: field.name, value: field.value) }
            if let etag = request.ifMatch {
                message.headers.add(name: "If-Match", value: "\"\(etag)\"")
            }
            if let body = request.body {
                message.headers.add(name: "Content-Type", value: "application/json; charset=utf-8")
                message.body = .bytes(ByteBuffer(bytes: body))
            }
        }
    }

    /// The error for an answer that was not accepted.
    func error(from response: HubResponse, operation: String) -> ServiceClientError {
        let text = String(buffer: response.body)
        let answer = ErrorAnswer(
            status: response.status,
            header: response.headers.first(name: "iothub-errorcode"),
            body: try? JSON(parsing: text),
            text: text
        )
        return ServiceClientError(
            reason: .refused,
            operation: operation,
            status: Int(response.status.code),
            code: answer.code,
            message: answer.message,
            trackingID: answer.trackingID,
            retryAfter: RetryAfter.parse(response.headers.first(name: "Retry-After"), now: clock())
        )
    }
}
