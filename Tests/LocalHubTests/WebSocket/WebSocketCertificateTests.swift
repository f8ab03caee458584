import AMQPEngine
import IoTHub
import NIOCore
import NIOSSL
import TestKit
import Testing

@testable import LocalHub

@Suite("devices with certificates over WebSockets", .timeLimit(.minutes(1)))
struct WebSocketCertificateTests {
    /// Runs a body with a hub that has two devices, and with the certificates of both.
    private func withHub(
        _ body: (TestHub, [(id: String, certificate: TestCertificate)]) async throws -> Void
    ) async throws {
        let authority = try TestAuthority.make()
        let (own, issued) = (
            try TestCertificate.selfSigned(commonName: "x"), try authority.intermediate().issue(commonName: "issued")
        )
        try await TestHub.with(configure: {
            $0.certificateAuthorities = [DeviceAuthority(name: "plant", pem: authority.certificatePEM)]
        }) { test in
            for (id, mechanism) in [
                ("own", AuthenticationMechanism.selfSigned(primaryThumbprint: own.sha1Thumbprint)),
                ("issued", .certificateAuthority),
            ] {
                try test.hub.registry.createDevice(Device(id: id, authentication: mechanism))
            }
            try await body(test, [("own", own), ("issued", issued)])
        }
    }

    private func tls(_ test: TestHub, _ certificate: TestCertificate, upTo newest: TLSVersion = .tlsv13) throws
        -> NIOSSLContext
    {
        try TestTLS.client(trusting: test.hub.certificateAuthorityFile, showing: certificate, upTo: newest)
    }

    @Test("MQTT: its certificate lets a device in, and no other device", arguments: [.tlsv12, .tlsv13] as [TLSVersion])
    func mqtt(version: TLSVersion) async throws {
        try await withHub { test, devices in
            for (id, certificate) in devices {
                for name in ["own", "issued"] {
                    var client = try await MQTTTestClient.open(
                        port: test.hub.httpsPort,
                        tls: tls(test, certificate, upTo: version),
                        webSocket: .mqtt
                    )
                    try await client.send(MQTTCertificateTests.connect(name))
                    let code: MQTTConnectReturnCode = name == id ? .accepted : .notAuthorized
                    #expect(await client.next() == .connectAcknowledgement(code, sessionPresent: false))
                    if name == id { try await client.close() }
                }
            }
        }
    }

    @Test("AMQP: its certificate lets a device in, and no other device")
    func amqp() async throws {
        try await withHub { test, devices in
            for (id, certificate) in devices {
                let client = try await AMQPTestClient.connect(
                    port: test.hub.httpsPort,
                    tls: tls(test, certificate),
                    webSocket: .amqp,
                    nil
                )
                try await client.open()
                let other = id == "own" ? "issued" : "own"
                #expect(try await client.refusal(.sender, "/devices/\(other)/twin")?.condition == .unauthorizedAccess)
                let device = try await AMQPTestDevice.attach(id, on: client)
                #expect(try await device.get()["desired"] == ["$version": 1])
            }
        }
    }

    @Test("the service API does not mind a certificate, and does not take it for a token")
    func service() async throws {
        try await withHub { test, devices in
            for (_, certificate) in devices {
                let client = try await AMQPTestClient.connect(
                    port: test.hub.httpsPort,
                    tls: tls(test, certificate),
                    nil
                )
                let request = "GET /devices HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
                try await client.send(raw: Array(request.utf8))
                try await client.waitForTheEnd()
                #expect(client.received.starts(with: "HTTP/1.1 401".utf8))
            }
        }
    }
}
