import DeviceClient
import NIOSSL
import TestKit
import Testing

/// Hubs that say already in TLS what they think of a certificate.
@Suite(.timeLimit(.minutes(2))) struct CertificateAlertTests {
    private static let ways = [Way.mqtt, .mqttWebSocket, .amqp, .amqpWebSocket]

    // With TLS 1.2 the alert comes in the handshake, with 1.3 after it.
    @Test(
        "a certificate that the hub refuses with an alert is a bad credential",
        arguments: ways,
        [TLSVersion.tlsv12, .tlsv13]
    )
    func refused(_ way: Way, _ version: TLSVersion) async throws {
        try await PickyPeer.with(try TestAuthority.make(), version: version) { peer in
            var options = ClientOptions()
            options.certificate = try DeviceCertificate.selfSigned(commonName: "d")
            try await expectRefusal(way, peer, options, "x509=true", "does not accept the device's certificate")
        }
    }

    @Test("a hub that wants a certificate from a device with a key says so", arguments: ways)
    func missing(_ way: Way) async throws {
        try await PickyPeer.with(try TestAuthority.make(), version: .tlsv13) { peer in
            try await expectRefusal(way, peer, ClientOptions(), "SharedAccessKey=AAAA", "wants a certificate")
        }
    }

    private func expectRefusal(
        _ way: Way,
        _ peer: PickyPeer,
        _ options: ClientOptions,
        _ credential: String,
        _ words: String
    ) async throws {
        var options = options
        options.tls = peer.tls
        options.mqttPort = peer.port
        options.amqpPort = peer.port
        options.webSocketPort = peer.port
        let client = try DeviceClient.create(
            connectionString: "HostName=localhost;DeviceId=d;\(credential)",
            transport: way.transport,
            options: options
        )
        let statuses = Events<String>()
        await client.setConnectionStatusChangesHandler { statuses.put("\($0) \($1)") }
        let error = await #expect(throws: DeviceClientError.self) { try await client.open() }
        #expect(error?.reason == .unauthorized, "\(String(describing: error))")
        #expect(error?.message.contains(words) == true, "\(String(describing: error))")
        #expect(error?.message.contains("the hub says") == true, "\(String(describing: error))")
        #expect(await statuses.next(1) == ["disconnected badCredential"])
        await client.close()
    }
}
