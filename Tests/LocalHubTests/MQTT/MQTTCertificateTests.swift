import Foundation
import IoTHub
import NIOCore
import NIOSSL
import TestKit
import Testing

@testable import LocalHub

@Suite("MQTT devices with certificates, over TLS", .timeLimit(.minutes(1)))
struct MQTTCertificateTests {
    static let versions = [TLSVersion.tlsv12, .tlsv13]

    /// A CONNECT with a user name and, unless a key is given, no password.
    static func connect(_ id: String, key: String? = nil) throws -> MQTTClientPacket {
        var connect = try MQTTTestServer.connectPacket(id, key: key ?? MQTTCredentialCheckTests.primary)
        connect.cleanSession = true
        connect.keepAlive = 0
        if key == nil { connect.password = nil }
        return .connect(connect)
    }

    static func register(_ bench: MQTTTestServer, _ id: String, _ mechanism: AuthenticationMechanism) throws {
        try bench.registry.createDevice(Device(id: id, authentication: mechanism))
    }

    /// Connects, and gives the hub's answer.
    static func answer(
        _ bench: MQTTTestServer,
        _ id: String,
        _ certificate: TestCertificate?,
        key: String? = nil,
        upTo newest: TLSVersion = .tlsv13
    ) async throws -> (MQTTTestClient, MQTTConnectReturnCode?) {
        let context = try bench.tls.client(certificate, upTo: newest)
        var client = try await MQTTTestClient.open(port: bench.server.port, tls: context)
        try await client.send(try connect(id, key: key))
        guard case .connectAcknowledgement(let code, _) = await client.next() else { return (client, nil) }
        return (client, code)
    }

    @Test("a certificate with either thumbprint is taken, and its device works", arguments: versions)
    func thumbprints(version: TLSVersion) async throws {
        try await MQTTTestServer.with { bench in
            let (first, second) = (
                try TestCertificate.selfSigned(commonName: "a"), try TestCertificate.selfSigned(commonName: "b")
            )
            try Self.register(
                bench,
                "dev1",
                .selfSigned(
                    primaryThumbprint: first.sha256Thumbprint.lowercased(),
                    secondaryThumbprint: second.sha1Thumbprint
                )
            )
            for certificate in [first, second] {
                var (client, code) = try await Self.answer(bench, "dev1", certificate, upTo: version)
                #expect(code == .accepted)
                try await client.subscribe("$iothub/twin/PATCH/properties/desired/#")
                try await client.publish("$iothub/twin/GET/?$rid=1")
                #expect(try await client.nextMessage().topic.contains("res/200") == true)
                let version = try bench.registry.twin(of: "dev1").twin.desired.version
                try bench.registry.patchTwin("dev1", with: TwinWrite(desired: ["n": .integer(version)]))
                #expect(try await client.nextMessage().topic.hasSuffix("$version=\(version + 1)") == true)
                try await client.close()
            }
        }
    }

    @Test("a chain to a registered authority is taken, for the device that it names only", arguments: versions)
    func authorities(version: TLSVersion) async throws {
        let root = try TestAuthority.make()
        try await MQTTTestServer.with(authorities: [try TestAuthority.make(), root]) { bench in
            for id in ["dev1", "dev2"] { try Self.register(bench, id, .certificateAuthority) }
            let certificate = try root.intermediate().issue(commonName: "dev1")
            let (_, code) = try await Self.answer(bench, "dev1", certificate, upTo: version)
            #expect(code == .accepted)
            let (_, other) = try await Self.answer(bench, "dev2", certificate, upTo: version)
            #expect(other == .notAuthorized)
            let foreign = try TestAuthority.make().issue(commonName: "dev1")
            let (_, refused) = try await Self.answer(bench, "dev1", foreign, upTo: version)
            #expect(refused == .notAuthorized)
        }
    }

    @Test("what is shown must be what the device is registered for; the hub's log says what was wrong")
    func refusals() async throws {
        let log = LogRecord()
        let authority = try TestAuthority.make()
        try await MQTTTestServer.with(authorities: [authority], logger: log.logger) { bench in
            let own = try TestCertificate.selfSigned(commonName: "dev1")
            let issued = try authority.issue(commonName: "dev1")
            try Self.register(bench, "self", .selfSigned(primaryThumbprint: own.sha1Thumbprint))
            try Self.register(bench, "dev1", .certificateAuthority)
            try Self.register(bench, "nothing", AuthenticationMechanism(type: .none, symmetricKey: nil))
            let key = MQTTCredentialCheckTests.primary
            try Self.register(bench, "token", .sas(primaryKey: key))
            let cases: [(String, TestCertificate?, String?, String)] = [
                ("self", nil, nil, "none was shown"), ("self", nil, key, "none was shown"),
                ("self", issued, nil, "thumbprint does not match configuration"), ("dev1", nil, key, "none was shown"),
                ("dev1", own, nil, "does not chain to a certificate authority"),
                ("nothing", own, nil, "authentication type is none"),
                ("nothing", nil, key, "authentication type is none"), ("token", own, nil, "there is no token"),
                ("nobody", issued, nil, "the device is unknown"),
            ]
            for (id, certificate, key, words) in cases {
                var (client, code) = try await Self.answer(bench, id, certificate, key: key)
                #expect(code == .notAuthorized, "\(id)")
                #expect(await client.next() == nil)
                let line = log.lines.last { $0.contains("connection closed") }
                #expect(line?.contains("refused with return code 5") == true)
                #expect(line?.contains(words) == true, "\(line ?? "nothing")")
            }
            // The token decides, whatever certificate is shown beside it; and the other way round.
            let (_, token) = try await Self.answer(bench, "token", own, key: key)
            #expect(token == .accepted)
            let (_, both) = try await Self.answer(bench, "self", own, key: key)
            #expect(both == .accepted)
        }
    }

    @Test("a disabled device is refused with 3, but only if the certificate is its own")
    func disabled() async throws {
        try await MQTTTestServer.with { bench in
            let own = try TestCertificate.selfSigned(commonName: "off")
            var device = Device(id: "off", authentication: .selfSigned(primaryThumbprint: own.sha256Thumbprint))
            device.status = .disabled
            try bench.registry.createDevice(device)
            let (_, code) = try await Self.answer(bench, "off", own)
            #expect(code == .serverUnavailable)
            let (_, foreign) = try await Self.answer(bench, "off", .selfSigned(commonName: "off"))
            #expect(foreign == .notAuthorized)
        }
    }

    @Test("a certificate is taken while it is valid, by the hub's clock; a connection outlives it")
    func expiry() async throws {
        let authority = try TestAuthority.make(notAfter: Date() + 1500)
        try await MQTTTestServer.with(authorities: [authority]) { bench in
            let own = try TestCertificate.selfSigned(commonName: "a", notAfter: Date() + 600)
            let issued = try authority.issue(commonName: "dev1")
            let later = try authority.issue(commonName: "later", notBefore: Date() + 600)
            try Self.register(bench, "self", .selfSigned(primaryThumbprint: own.sha256Thumbprint))
            try Self.register(bench, "dev1", .certificateAuthority)
            try Self.register(bench, "later", .certificateAuthority)
            var (first, code) = try await Self.answer(bench, "self", own)
            #expect(code == .accepted)
            var (_, early) = try await Self.answer(bench, "later", later)
            #expect(early == .notAuthorized)

            await bench.pass(.seconds(700))
            try await first.send(.pingRequest)
            #expect(await first.next() == .pingResponse)
            (_, code) = try await Self.answer(bench, "self", own)
            #expect(code == .notAuthorized)
            (_, early) = try await Self.answer(bench, "later", later)
            #expect(early == .accepted)
            (_, code) = try await Self.answer(bench, "dev1", issued)
            #expect(code == .accepted)
            // The authority has ended, the certificate has not.
            await bench.pass(.seconds(900))
            (_, code) = try await Self.answer(bench, "dev1", issued)
            #expect(code == .notAuthorized)
        }
    }

    @Test("a certificate without its key is worth nothing", arguments: versions)
    func possession(version: TLSVersion) async throws {
        try await MQTTTestServer.with { bench in
            let own = try TestCertificate.selfSigned(commonName: "dev1")
            try Self.register(bench, "dev1", .selfSigned(primaryThumbprint: own.sha256Thumbprint))
            let context = try bench.tls.client(own, key: Impostor.key, upTo: version)
            do {
                var client = try await MQTTTestClient.open(port: bench.server.port, tls: context)
                try await client.send(try Self.connect("dev1"))
                #expect(await client.next() == nil)
            } catch is NIOSSLError {
                // With TLS 1.2 the client hears of it in the handshake.
            } catch is ChannelError {}
            #expect(try bench.registry.device("dev1").connectionState == .disconnected)
            let (_, code) = try await Self.answer(bench, "dev1", own, upTo: version)
            #expect(code == .accepted)
        }
    }
}
