import AsyncHTTPClient
import Dispatch
import Foundation
import IoTHub
import Logging
import NIOCore
import NIOHTTP1
import NIOSSL
import Synchronization

/// HTTPS exchanges with one hub: connections, authorization, time limits, retries, errors.
final class HubConnection: Sendable {
    /// Largest answer taken.
    ///
    /// A page of 100 twins that are as large as they may be, metadata included, is below; more means something else
    /// answers.
    private static let largestAnswer = 64 << 20

    private let http: HTTPClient
    private let base: String
    private let credential: ServiceCredential
    private let options: ServiceClientOptions
    private let clock: @Sendable () -> Int64
    /// Whether the hub has answered at all, so that its address is known to be right.
    private let hasAnswered = Atomic<Bool>(false)
    private let isClosed = Atomic<Bool>(false)

    /// - Parameters:
    ///   - base: Scheme, host and port, without a slash at the end.
    ///   - credential: Makes the authorization header.
    ///   - options: Time limits, retries, the authorities to trust.
    ///   - clock: Seconds since 1970.
    /// - Throws: ``ServiceClientError`` for an unreadable file of authorities.
    init(
        base: String,
        credential: ServiceCredential,
        options: ServiceClientOptions,
        clock: @escaping @Sendable () -> Int64
    ) throws {
        self.base = base
        self.credential = credential
        self.options = options
        self.clock = clock
        http = HTTPClient(
            eventLoopGroupProvider: .singleton,
            configuration: try Self.configuration(options),
            backgroundActivityLogger: options.logger
        )
    }

    deinit {
        // The HTTP client insists on being shut down; it keeps itself alive until that is done.
        if !isClosed.load(ordering: .acquiring) { http.shutdown(queue: .global()) { _ in } }
    }

    /// Closes all connections; calls under way fail.
    func close() async throws {
        guard !isClosed.exchange(true, ordering: .acquiringAndReleasing) else { return }
        try await http.shutdown()
    }

    /// Sends a request, again where the policy allows it, and returns an accepted answer.
    ///
    /// - Throws: ``ServiceClientError``, or `CancellationError` when the task is cancelled.
    func send(_ request: HubRequest) async throws -> HubResponse {
        var generator = SystemRandomNumberGenerator()
        let deadline = ContinuousClock.now + options.operationTimeout
        var attempt = 1
        while true {
            let failure: ServiceClientError
            do {
                return try await exchange(request, deadline: deadline)
            } catch let error as ServiceClientError {
                failure = error
            }
            guard isWorthRetrying(failure, of: request),
                let wait = options.retryPolicy.delay(
                    afterAttempt: attempt,
                    retryAfter: failure.retryAfter,
                    using: &generator
                ),
                ContinuousClock.now + wait < deadline
            else { throw failure }
            options.logger.debug("\(failure); attempt \(attempt + 1) follows in \(wait)")
            try await Task.sleep(for: wait)
            attempt += 1
        }
    }

    private func isWorthRetrying(_ failure: ServiceClientError, of request: HubRequest) -> Bool {
        switch failure.reason {
        case .refused where failure.status == 429 || failure.status == 503: true
        case .refused where failure.status >= 500: request.isRepeatable
        case .timedOut, .connectionLost: request.isRepeatable
        // A hub that restarts comes back; one that never answered probably has another address.
        case .unreachable: hasAnswered.load(ordering: .relaxed)
        case .refused, .untrustedCertificate, .unreadableAnswer, .invalidArgument, .closed: false
        }
    }

    private func exchange(_ request: HubRequest, deadline: ContinuousClock.Instant) async throws -> HubResponse {
        guard !isClosed.load(ordering: .acquiring) else {
            throw ServiceClientError(
                reason: .closed,
                operation: request.name,
                message: "this client has been closed"
            )
        }
        let allowed = min(options.attemptTimeout, deadline - ContinuousClock.now)
        let response: HubResponse
        do {
            let answer = try await http.execute(
                prepared(request),
                deadline: .now() + TimeAmount(allowed),
                logger: options.logger
            )
            response = HubResponse(
                status: answer.status,
                headers: answer.headers,
                body: try await answer.body.collect(upTo: Self.largestAnswer)
            )
        } catch let error as CancellationError {
            throw error
        } catch {
            throw TransportFailure.error(
                for: error,
                operation: request.name,
                hub: base,
                hasAnswered: hasAnswered.load(ordering: .relaxed),
                timeout: allowed
            )
        }
        hasAnswered.store(true, ordering: .relaxed)
        let status = Int(response.status.code)
        if (200..<300).contains(status) || request.alsoAccepted.contains(status) { return response }
        throw error(from: response, operation: request.name)
    }

    private func prepared(_ request: HubRequest) throws -> HTTPClientRequest {
        var message = HTTPClientRequest(url: base + request.target)
        message.method = request.method
        message.headers.add(name: "Authorization", value: try credential.authorization())
        message.headers.add(name: "Accept", value: "application/json")
        message.headers.add(name: "User-Agent", value: "twinfleet")
        for field in request.headers { message.headers.add(name: field.name, value: field.value) }
        if let etag = request.ifMatch {
            message.headers.add(name: "If-Match", value: "\"\(etag)\"")
        }
        if let body = request.body {
            message.headers.add(name: "Content-Type", value: "application/json; charset=utf-8")
            message.body = .bytes(ByteBuffer(bytes: body))
        }
        return message
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

    private static func configuration(_ options: ServiceClientOptions) throws -> HTTPClient.Configuration {
        var tls = TLSConfiguration.makeClientConfiguration()
        tls.certificateVerification = .fullVerification
        if let file = options.trustedCAFile {
            do {
                tls.trustRoots = .certificates(try NIOSSLCertificate.fromPEMFile(file))
            } catch {
                throw ServiceClientError(
                    reason: .invalidArgument,
                    operation: "trusted CA file",
                    message: "cannot read certificates from \"\(file)\"; expected a PEM file: \(error)"
                )
            }
        }
        var configuration = HTTPClient.Configuration(tlsConfiguration: tls)
        configuration.httpVersion = .http1Only
        // An answer that sends the client elsewhere would take the token along.
        configuration.redirectConfiguration = .disallow
        configuration.timeout.connect = TimeAmount(options.connectTimeout)
        configuration.timeout.read = TimeAmount(options.attemptTimeout)
        configuration.connectionPool.idleTimeout = TimeAmount(options.idleTimeout)
        configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = max(options.maximumConnections, 1)
        // Retries are this class's business: it knows which failures are worth one.
        configuration.connectionPool.retryConnectionEstablishment = false
        return configuration
    }
}
