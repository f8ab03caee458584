import IoTHub
import NIOCore
import Testing

@testable import LocalHub

@Suite("who may connect")
struct MQTTCredentialCheckTests {
    static let primary = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
    static let secondary = "AQECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
    static let policyKey = "AgECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
    static let now: Int64 = 1_700_000_000
    static let check = MQTTCredentialCheck(hostNames: ["localhost"]) { $0 == "device" ? [policyKey] : nil }

    static func token(
        _ resource: String = "localhost/devices/dev1",
        key: String = primary,
        expiry: Int64 = now + 3600,
        policy: String? = nil
    ) throws -> String {
        try SharedAccessSignature.create(resource: resource, key: key, expiry: expiry, policy: policy).token
    }

    static func verdict(
        token: String?,
        host: String = "localhost",
        status: DeviceStatus = .enabled,
        type: AuthenticationType = .sas,
        isKnown: Bool = true
    ) throws -> MQTTCredentialCheck.Verdict {
        let login = try MQTTLogin(
            MQTTConnect(
                clientID: "dev1",
                cleanSession: false,
                keepAlive: 60,
                userName: "\(host)/dev1/?api-version=2021-04-12",
                password: token.map { Array($0.utf8) }
            )
        )
        let device = DeviceAuthentication(
            status: status,
            primaryKey: type == .sas ? primary : nil,
            secondaryKey: type == .sas ? secondary : nil,
            type: type
        )
        return check.verdict(on: login, certificates: nil, device: isKnown ? device : nil, at: now)
    }

    static func code(_ verdict: MQTTCredentialCheck.Verdict) -> MQTTConnectReturnCode {
        switch verdict {
        case .accepted: .accepted
        case .refused(let code, _): code
        }
    }

    @Test("a token of either key is taken, and its end is known", arguments: [primary, secondary])
    func keys(key: String) throws {
        #expect(try Self.verdict(token: Self.token(key: key)) == .accepted(tokenExpiry: Self.now + 3600))
    }

    @Test("a token for the host that the user name names is taken, as behind a gateway")
    func gateway() throws {
        let token = try Self.token("myhub.azure-devices.net/devices/dev1")
        #expect(Self.code(try Self.verdict(token: token, host: "myhub.azure-devices.net")) == .accepted)
        #expect(Self.code(try Self.verdict(token: token)) == .notAuthorized)
    }

    @Test(
        "the resource must cover the device",
        arguments: [
            ("localhost/devices/dev1", .accepted), ("LOCALHOST/devices/dev1", .accepted),
            ("localhost:8883/devices/dev1", .accepted), ("localhost/devices", .accepted), ("localhost", .accepted),
            ("localhost/devices/dev2", .notAuthorized), ("localhost/devices/DEV1", .notAuthorized),
            ("localhost/devices/dev", .notAuthorized), ("localhost/devices/dev1/modules/m", .notAuthorized),
            ("otherhost/devices/dev1", .notAuthorized),
        ] as [(String, MQTTConnectReturnCode)]
    )
    func resource(text: String, code: MQTTConnectReturnCode) throws {
        #expect(Self.code(try Self.verdict(token: Self.token(text))) == code)
    }

    @Test("an expired token is refused once the clocks cannot be the reason")
    func expiry() throws {
        #expect(Self.code(try Self.verdict(token: Self.token(expiry: Self.now - 300))) == .accepted)
        #expect(Self.code(try Self.verdict(token: Self.token(expiry: Self.now - 301))) == .notAuthorized)
    }

    @Test("a policy that may connect devices signs for any of them, and no other policy")
    func policy() throws {
        let good = try Self.token("localhost", key: Self.policyKey, policy: "device")
        #expect(Self.code(try Self.verdict(token: good)) == .accepted)
        let other = try Self.token("localhost", key: Self.policyKey, policy: "service")
        #expect(Self.code(try Self.verdict(token: other)) == .notAuthorized)
        // The device's own key does not become a policy's by a name.
        let own = try Self.token(policy: "device")
        #expect(Self.code(try Self.verdict(token: own)) == .notAuthorized)
    }

    @Test("what is no token of the device is refused with 5")
    func refusals() throws {
        let good = try Self.token()
        let verdicts = [
            try Self.verdict(token: good, isKnown: false),
            try Self.verdict(token: nil),
            try Self.verdict(token: ""),
            try Self.verdict(token: "secret"),
            try Self.verdict(token: Self.token(key: Self.policyKey)),
            try Self.verdict(token: good, type: .selfSigned),
            try Self.verdict(token: good, type: .certificateAuthority),
            try Self.verdict(token: good, type: .none),
        ]
        for verdict in verdicts { #expect(Self.code(verdict) == .notAuthorized) }
    }

    @Test("a disabled device is refused with 3, but only if the token is its own")
    func disabled() throws {
        #expect(Self.code(try Self.verdict(token: Self.token(), status: .disabled)) == .serverUnavailable)
        let wrong = try Self.token(key: Self.policyKey)
        #expect(Self.code(try Self.verdict(token: wrong, status: .disabled)) == .notAuthorized)
    }

    @Test("a connection outlives its token by ten minutes, and an endless token never ends")
    func lifetime() {
        #expect(MQTTTokenLifetime.left(until: 1_000, at: 900) == .seconds(700))
        #expect(MQTTTokenLifetime.left(until: 1_000, at: 1_300) == .seconds(300))
        #expect(MQTTTokenLifetime.left(until: 0, at: 1_000) == .seconds(0))
        #expect(MQTTTokenLifetime.left(until: .max, at: 1_000) == nil)
        #expect(MQTTTokenLifetime.left(until: .max, at: -1) == nil)
    }
}
