import AsyncHTTPClient
import Dispatch
import Foundation
import NIOCore
import NIOHTTP1
import NIOSSL
import Synchronization

/// One server spoken to over HTTP: its connections, time limits, and failures in this library's terms.
final class HTTPPeer: Sendable {
    /// Largest answer taken.
    ///
    /// A page of 100 twins that are as large as they may be, metadata included, is below; more means something else
    /// answers.
    private static let largestAnswer = 64 << 20

    /// Scheme, host and port, without a slash at the end.
    let base: String

    private let http: HTTPClient
    private let options: ServiceClientOptions
    private let answered = Atomic<Bool>(false)
    private let isClosed = Atomic<Bool>(false)

    /// - Parameters:
    ///   - base: Scheme, host and port, without a slash at the end.
    ///   - options: Time limits, the authorities to trust.
    /// - Throws: ``ServiceClientError`` for an unreadable file of authorities.
    init(base: String, options: ServiceClientOptions) throws(ServiceClientError) {
        self.base = base
        self.options = options
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

    /// Whether the server has answered at all, so that its address is known to be right.
    var hasAnswered: Bool { answered.load(ordering: .relaxed) }

    /// Closes all connections; exchanges under way fail.
    func close() async throws {
        guard !isClosed.exchange(true, ordering: .acquiringAndReleasing) else { return }
        try await http.shutdown()
    }

    /// - Throws: ``ServiceClientError`` when it has been closed.
    func checkOpen(_ operation: String) throws(ServiceClientError) {
        guard !isClosed.load(ordering: .acquiring) else {
            throw ServiceClientError(reason: .closed, operation: operation, message: "this client has been closed")
        }
    }

    /// Sends one request and returns whatever answer comes.
    ///
    /// - Parameters:
    ///   - target: Path and query.
    ///   - operation: Method and path, for messages.
    ///   - deadline: When to give up, if the time for one attempt is not over before.
    ///   - prepare: Completes the request.
    /// - Returns: The answer, whatever its status.
    /// - Throws: ``ServiceClientError``, or `CancellationError` when the task is cancelled.
    func exchange(
        _ target: String,
        operation: String,
        deadline: ContinuousClock.Instant,
        _ prepare: (inout HTTPClientRequest) -> Void
    ) async throws -> HubResponse {
        try checkOpen(operation)
        var request = HTTPClientRequest(url: base + target)
        request.headers.add(name: "Accept", value: "application/json")
        request.headers.add(name: "User-Agent", value: "twinfleet")
        prepare(&request)
        let allowed = min(options.attemptTimeout, deadline - ContinuousClock.now)
        do {
            let answer = try await http.execute(
                request,
                deadline: .now() + TimeAmount(allowed),
                logger: options.logger
            )
            let response = HubResponse(
                status: answer.status,
                headers: answer.headers,
                body: try await answer.body.collect(upTo: Self.largestAnswer)
            )
            answered.store(true, ordering: .relaxed)
            return response
        } catch let error as CancellationError {
            throw error
        } catch {
            throw TransportFailure.error(
                for: error,
                operation: operation,
                hub: base,
                hasAnswered: hasAnswered,
                timeout: allowed
            )
        }
    }

    private static func configuration(
        _ options: ServiceClientOptions
    ) throws(ServiceClientError) -> HTTPClient.Configuration {
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
        // Retries are the caller's business: it knows which failures are worth one.
        configuration.connectionPool.retryConnectionEstablishment = false
        return configuration
    }
}
