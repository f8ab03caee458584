import AsyncHTTPClient
import IoTHub
import NIOCore
import NIOHTTP1

/// Where Microsoft Entra gives one application its access tokens: the token endpoint of its tenant.
///
/// Source: Microsoft identity platform documentation, "Microsoft identity platform and the OAuth 2.0 client credentials
/// flow".
final class TokenEndpoint: Sendable {
    /// The authority of the public cloud.
    static let publicAuthority = "https://login.microsoftonline.com"

    /// What an application shows to prove who it is: fields of the form, all of them secret.
    struct Proof {
        var fields: [(name: String, value: String)]

        /// A client secret.
        static func secret(_ secret: String) -> Proof { Proof(fields: [("client_secret", secret)]) }

        /// A signed token: one of the application's own, or one of an identity provider that it is federated with.
        static func assertion(_ assertion: String) -> Proof {
            Proof(fields: [
                ("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"),
                ("client_assertion", assertion),
            ])
        }
    }

    /// The application's id.
    let clientID: String
    /// The endpoint's whole address; the audience of the application's own assertions.
    let url: String

    private let peer: HTTPPeer
    private let target: String
    private let options: ServiceClientOptions
    private let clock: @Sendable () -> Int64

    /// - Parameters:
    ///   - clientID: The application's id.
    ///   - tenantID: The tenant's id or domain.
    ///   - authorityHost: Such as `https://login.microsoftonline.com`, the one that `nil` stands for.
    ///   - options: Time limits, retries, the authorities to trust.
    ///   - clock: Seconds since 1970.
    /// - Throws: ``ServiceClientError`` for a bad application, authority or tenant, and for an unreadable file of
    ///   authorities.
    init(
        clientID: String,
        tenantID: String,
        authorityHost: String?,
        options: ServiceClientOptions,
        clock: @escaping @Sendable () -> Int64 = HubConnection.wallClock
    ) throws(ServiceClientError) {
        guard !clientID.isEmpty else { throw .credential("the client id is empty") }
        let authority: WebAddress
        do {
            authority = try WebAddress(parsing: authorityHost ?? Self.publicAuthority)
        } catch {
            throw .credential("the authority host \(error.message)")
        }
        guard ["", "/"].contains(authority.path) else {
            throw .credential("the authority host '\(authorityHost ?? "")' has a path; expected a host alone")
        }
        guard !tenantID.isEmpty, tenantID.utf8.allSatisfy(Self.isAllowedInTenant) else {
            throw .credential("'\(tenantID.prefix(80))' is no tenant; expected its id, or a domain of it")
        }
        self.clientID = clientID
        target = "/\(tenantID)/oauth2/v2.0/token"
        url = authority.origin + target
        peer = try HTTPPeer(base: authority.origin, options: options)
        self.options = options
        self.clock = clock
    }

    /// Gets a token.
    ///
    /// - Parameters:
    ///   - scope: What the token shall be for.
    ///   - proof: Makes the proof; once for each attempt.
    /// - Returns: The token.
    /// - Throws: ``ServiceClientError`` with `noToken`, or `CancellationError`.
    func token(scope: String, _ proof: () throws -> Proof) async throws -> AccessToken {
        let deadline = ContinuousClock.now + options.operationTimeout
        do {
            return try await options.retryPolicy.tryAgain(
                until: deadline,
                logger: options.logger,
                if: { $0.isWorthRetrying(isRepeatable: true, hasAnswered: peer.hasAnswered) },
                { try await attempt(scope, try proof(), deadline) }
            )
        } catch let error as CancellationError {
            throw error
        } catch {
            var failure = error as? ServiceClientError ?? .credential("no proof could be made: \(error)")
            failure.reason = .noToken
            failure.status = 0
            throw failure
        }
    }

    private func attempt(
        _ scope: String,
        _ proof: Proof,
        _ deadline: ContinuousClock.Instant
    ) async throws -> AccessToken {
        let fields = [("grant_type", "client_credentials"), ("client_id", clientID), ("scope", scope)] + proof.fields
        let form = fields.map { "\($0.0)=\(PercentEncoding.encode($0.1))" }.joined(separator: "&")
        let operation = "POST \(url)"
        let now = clock()
        let response = try await peer.exchange(target, operation: operation, deadline: deadline) { request in
            request.method = .POST
            request.headers.add(name: "Content-Type", value: "application/x-www-form-urlencoded")
            request.body = .bytes(ByteBuffer(string: form))
        }
        let body = try? JSON(response.body)
        guard response.status == .ok else {
            let refusal = TokenRefusal(body, secrets: proof.fields.map(\.value))
            throw ServiceClientError(
                reason: .refused,
                operation: operation,
                status: Int(response.status.code),
                message: "Microsoft Entra answers \(response.status.code)\(refusal.words)",
                trackingID: refusal.traceID,
                retryAfter: RetryAfter.parse(response.headers.first(name: "Retry-After"), now: now)
            )
        }
        guard let token = body?["access_token"]?.stringValue, let life = Self.seconds(body?["expires_in"]) else {
            throw ServiceClientError(
                reason: .unreadableAnswer,
                operation: operation,
                message: "the answer is none of a token endpoint; expected JSON with access_token and expires_in"
            )
        }
        return AccessToken(token: token, expiresOn: now + life)
    }

    /// A life in seconds, given as a number or as its text; a year at most, so that no sum with the clock overflows.
    private static func seconds(_ json: JSON?) -> Int64? {
        guard let seconds = json?.integerValue ?? json?.stringValue.flatMap({ Int64($0) }) else { return nil }
        return min(max(seconds, 0), 366 * 86_400)
    }

    private static func isAllowedInTenant(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."):
            true
        default: false
        }
    }
}

/// What Microsoft Entra says when it gives no token: `{"error":"invalid_client","error_description":"AADSTS…: …"}`.
///
/// Source: Microsoft identity platform documentation, "Microsoft Entra authentication and authorization error codes";
/// RFC 6749, 5.2.
private struct TokenRefusal {
    /// A space, the error's name and what it means; empty when the answer says nothing.
    var words = ""
    /// For a support request.
    var traceID: String?

    /// - Parameters:
    ///   - body: The answer's body as JSON.
    ///   - secrets: What the request held and no text may repeat.
    init(_ body: JSON?, secrets: [String]) {
        guard let body, let name = body["error"]?.stringValue else {
            words = ", with no explanation"
            return
        }
        traceID = body["trace_id"]?.stringValue.map { String($0.prefix(64)) }
        words = " \(name.prefix(80))"
        guard var text = body["error_description"]?.stringValue else { return }
        // Trace id, correlation id and time stand behind the sentence, on lines of their own or on the same.
        if let end = text.firstRange(of: "Trace ID:") { text = String(text[..<end.lowerBound]) }
        text = text.split(whereSeparator: \.isNewline).joined(separator: " ")
        for secret in secrets where !secret.isEmpty { text = text.replacing(secret, with: "[redacted]") }
        while text.last == " " { text.removeLast() }
        words += ": \(text.prefix(600))"
    }
}

extension ServiceClientError {
    /// A credential that cannot be made from what was given.
    static func credential(_ message: String) -> ServiceClientError {
        ServiceClientError(reason: .invalidArgument, operation: "Microsoft Entra credential", message: message)
    }
}
