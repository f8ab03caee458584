public import IoTHub
import NIOConcurrencyHelpers

/// A small issuer of access tokens on loopback, in place of Microsoft Entra: a token endpoint and a key set, over plain
/// HTTP.
public final class TokenIssuer: Sendable {
    /// The tenant in all addresses.
    public static let tenant = "11111111-2222-3333-4444-555555555555"
    /// The one that tokens are for.
    public static let audience = "https://iothubs.azure.net"
    /// The scope that stands for it.
    public static let scope = "https://iothubs.azure.net/.default"
    /// Whom a federated token must be for.
    public static let federatedAudience = "api://AzureADTokenExchange"

    /// An application that the issuer knows.
    public struct Application: Sendable {
        /// Its id.
        public var id: String
        /// Its secret, if it has one.
        public var secret: String?
        /// Its certificate, if it has one.
        public var certificate: ApplicationCertificate?
        /// The key of the identity provider that it is federated with, if it is.
        public var federatedKey: SigningKey?

        /// Describes one.
        public init(
            id: String,
            secret: String? = nil,
            certificate: ApplicationCertificate? = nil,
            federatedKey: SigningKey? = nil
        ) {
            (self.id, self.secret, self.certificate, self.federatedKey) = (id, secret, certificate, federatedKey)
        }
    }

    private struct State {
        var keys: [SigningKey]
        var applications: [Application]
        var life: Int64 = 3599
        var faults: [ScriptedHTTPServer.Answer] = []
        var seenAssertions: Set<String> = []
        var isClosedForKeys = false
    }

    private let server: ScriptedHTTPServer
    private let state: NIOLockedValueBox<State>
    private let base: Base

    /// Where the server listens, for its own answers.
    private final class Base: Sendable {
        let url = NIOLockedValueBox("")
    }

    private init(_ server: ScriptedHTTPServer, _ state: NIOLockedValueBox<State>, _ base: Base) {
        (self.server, self.state, self.base) = (server, state, base)
    }

    /// Runs a body with an issuer of its own.
    public static func with<Result: Sendable>(
        _ applications: [Application] = [],
        _ body: (TokenIssuer) async throws -> Result
    ) async throws -> Result {
        let state = NIOLockedValueBox(State(keys: [try await .rsa()], applications: applications))
        let base = Base()
        let server = try await ScriptedHTTPServer.start { request in
            answer(request, state, authority: base.url.withLockedValue { $0 })
        }
        base.url.withLockedValue { $0 = "http://127.0.0.1:\(server.port)" }
        let issuer = TokenIssuer(server, state, base)
        do {
            let result = try await body(issuer)
            try await server.stop()
            return result
        } catch {
            try await server.stop()
            throw error
        }
    }

    /// Where it is; the `AZURE_AUTHORITY_HOST`.
    public var authorityHost: String { "http://127.0.0.1:\(server.port)" }

    /// The issuer in its tokens.
    public var issuer: String { Self.issuer(authorityHost) }

    /// Where its keys are.
    public var keysURL: String { "\(authorityHost)/\(Self.tenant)/discovery/v2.0/keys" }

    /// Its keys; the first one signs.
    public var keys: [SigningKey] {
        get { state.withLockedValue { $0.keys } }
        set { state.withLockedValue { $0.keys = newValue } }
    }

    /// Life of its tokens in seconds.
    public func setLife(_ seconds: Int64) { state.withLockedValue { $0.life = seconds } }

    /// Answers requests for keys with an error, or no longer.
    public func setClosedForKeys(_ isClosed: Bool) { state.withLockedValue { $0.isClosedForKeys = isClosed } }

    /// Gives these answers to the next requests for tokens.
    public func fail(with answers: ScriptedHTTPServer.Answer...) { state.withLockedValue { $0.faults += answers } }

    /// The forms of the requests for tokens so far.
    public var tokenRequests: [[String: String]] {
        server.requests.filter { $0.method == "POST" }.map { Self.form($0.body) }
    }

    /// How often its keys were read.
    public var keyRequests: Int { server.requests.count { $0.method == "GET" } }

    /// The claims of a token as Microsoft Entra makes them for an application.
    public func claims(for application: String, life: Int64 = 3599) -> JSONObject {
        Self.claims(for: application, life: life, issuer: issuer)
    }

    /// A token with these claims, signed by the first key.
    /// - Throws: when the key cannot sign.
    public func token(_ claims: JSONObject, header: JSONObject = [:]) throws -> String {
        guard let key = keys.first else { return "" }
        return try key.token(claims, header: header)
    }

    private static func issuer(_ authority: String) -> String { "\(authority)/\(tenant)/v2.0" }

    private static func claims(for application: String, life: Int64, issuer: String) -> JSONObject {
        let now = HubTimestamp.now().secondsSinceEpoch
        return [
            "aud": .string(audience), "iss": .string(issuer), "sub": .string("subject-of-\(application)"),
            "oid": .string("object-of-\(application)"), "appid": .string(application), "tid": .string(tenant),
            "iat": .integer(now), "nbf": .integer(now), "exp": .integer(now + life),
        ]
    }

    private static func form(_ body: String) -> [String: String] {
        var fields: [String: String] = [:]
        for pair in body.split(separator: "&") {
            let sides = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            fields[String(sides[0])] = PercentEncoding.decode(sides.count > 1 ? sides[1] : "")
        }
        return fields
    }

    private static func answer(
        _ request: ScriptedHTTPServer.Request,
        _ box: NIOLockedValueBox<State>,
        authority: String
    ) -> ScriptedHTTPServer.Answer {
        box.withLockedValue { state in
            switch (request.method, request.uri) {
            case ("GET", "/\(tenant)/discovery/v2.0/keys"):
                return state.isClosedForKeys
                    ? .response(status: 503)
                    : .response(
                        status: 200,
                        headers: ["content-type": "application/json"],
                        body: SigningKey.set(of: state.keys)
                    )
            case ("POST", "/\(tenant)/oauth2/v2.0/token"):
                if !state.faults.isEmpty { return state.faults.removeFirst() }
                return token(form(request.body), &state, authority: authority)
            default:
                return refusal(400, "invalid_request", "AADSTS90002: Tenant not found: \(request.uri).")
            }
        }
    }

    private static func token(
        _ form: [String: String],
        _ state: inout State,
        authority: String
    ) -> ScriptedHTTPServer.Answer {
        guard form["grant_type"] == "client_credentials", form["scope"] == scope else {
            return refusal(400, "invalid_scope", "AADSTS70011: The provided request must include a 'scope'.")
        }
        let id = form["client_id"] ?? ""
        guard let application = state.applications.first(where: { $0.id == id }) else {
            return refusal(400, "unauthorized_client", "AADSTS700016: Application '\(id)' was not found.")
        }
        if let secret = form["client_secret"] {
            guard secret == application.secret else {
                return refusal(401, "invalid_client", "AADSTS7000215: Invalid client secret provided: \(secret).")
            }
        } else if let assertion = form["client_assertion"] {
            guard form["client_assertion_type"] == "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
                isGood(assertion, of: application, url: "\(authority)/\(tenant)/oauth2/v2.0/token"),
                state.seenAssertions.insert(assertion).inserted || application.federatedKey != nil
            else {
                return refusal(401, "invalid_client", "AADSTS700027: The certificate is not registered.")
            }
        } else {
            return refusal(401, "invalid_client", "AADSTS7000216: client_assertion or client_secret is required.")
        }
        let claims = claims(for: id, life: state.life, issuer: issuer(authority))
        guard let token = try? state.keys.first?.token(claims) else { return .response(status: 500) }
        return .response(
            status: 200,
            headers: ["content-type": "application/json"],
            body: #"{"token_type":"Bearer","expires_in":\#(state.life),"access_token":"\#(token)"}"#
        )
    }

    private static func isGood(_ assertion: String, of application: Application, url: String) -> Bool {
        guard let claims = SignedToken.parts(assertion)?.claims, let expiry = claims["exp"]?.integerValue else {
            return false
        }
        let now = HubTimestamp.now().secondsSinceEpoch
        if let key = application.federatedKey, key.signed(assertion) {
            return claims["aud"] == .string(federatedAudience) && claims["sub"] == .string(application.id)
                && expiry > now
        }
        guard let certificate = application.certificate, certificate.signed(assertion) else { return false }
        let id = JSON.string(application.id)
        return claims["aud"] == .string(url) && claims["iss"] == id && claims["sub"] == id
            && claims["jti"]?.stringValue?.isEmpty == false && (now + 1...now + 600).contains(expiry)
    }

    private static func refusal(_ status: Int, _ name: String, _ text: String) -> ScriptedHTTPServer.Answer {
        let body: JSONObject = [
            "error": .string(name),
            "error_description": .string("\(text)\r\nTrace ID: 0123\r\nCorrelation ID: 4567\r\nTimestamp: now"),
            "trace_id": "0123",
        ]
        return .response(status: status, headers: ["content-type": "application/json"], body: JSON.object(body).text)
    }
}
