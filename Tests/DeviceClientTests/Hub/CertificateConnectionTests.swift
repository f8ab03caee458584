import DeviceClient
import IoTHub
import LocalHub
import TestKit
import Testing

/// What certificates have to do with connections that end and begin anew.
@Suite(.timeLimit(.minutes(2))) struct CertificateConnectionTests {
    @Test(
        "devices that reconnect at once, and take their TLS sessions up, are not mistaken for each other",
        arguments: [TransportType.mqttTcpOnly, .amqpTcpOnly]
    )
    func sessions(_ transport: TransportType) async throws {
        try await ProofBench.with { hub in
            var clients: [(id: String, client: DeviceClient)] = []
            for index in 0..<8 {
                let id = "press-\(index)"
                clients.append((id, try hub.client(id, index.isMultiple(of: 2) ? .authority : .selfSigned, transport)))
            }
            let statuses = Events<ConnectionStatus>()
            for (_, client) in clients {
                await client.setConnectionStatusChangesHandler { status, _ in statuses.put(status) }
                try await client.open()
            }
            _ = await statuses.next(8)
            try await hub.bench.hub.suspendDevices()
            #expect(await statuses.next(8) == Array(repeating: .disconnectedRetrying, count: 8))
            try await hub.bench.hub.resumeDevices()
            #expect(await statuses.next(8) == Array(repeating: .connected, count: 8))
            for (id, client) in clients {
                _ = try await client.updateReportedProperties(["id": .string(id)])
                #expect(try hub.bench.reported(id)["id"] == .string(id))
                await client.close()
            }
        }
    }

    @Test(
        "a thumbprint that is no longer registered is refused at the reconnect, also when TLS takes the session up",
        arguments: [TransportType.mqttTcpOnly, .amqpTcpOnly]
    )
    func replaced(_ transport: TransportType) async throws {
        try await ProofBench.with { hub in
            let client = try hub.client("press-1", .selfSigned, transport)
            let statuses = Events<String>()
            await client.setConnectionStatusChangesHandler { statuses.put("\($0) \($1)") }
            try await client.open()
            var device = try hub.bench.hub.registry.device("press-1")
            device.authentication = DeviceProof.selfSigned.mechanism(try .selfSigned(commonName: "new"))
            try await hub.bench.hub.suspendDevices()
            _ = try hub.bench.hub.registry.updateDevice(device, ifMatch: nil)
            try await hub.bench.hub.resumeDevices()
            #expect(await statuses.until { $0.hasSuffix("badCredential") }.last == "disconnected badCredential")
            #expect(await client.lastConnectionError?.reason == .unauthorized)
            await client.close()
        }
    }

    @Test(
        "certificates that the hub's own kind of library made connect: a chain over an intermediate authority",
        arguments: [TransportType.mqttTcpOnly, .amqpTcpOnly]
    )
    func intermediate(_ transport: TransportType) async throws {
        let root = try TestAuthority.make()
        try await Bench.with {
            $0.certificateAuthorities = [DeviceAuthority(name: "root", pem: root.certificatePEM)]
        } _: { bench in
            _ = try bench.hub.registry.createDevice(Device(id: "d", authentication: .certificateAuthority))
            let issued = try root.intermediate().issue(commonName: "d")
            let certificate = try DeviceCertificate(certificatePEM: issued.certificatePEM, keyPEM: issued.keyPEM)
            #expect(certificate.sha256Thumbprint == issued.sha256Thumbprint)
            let client = try DeviceClient.create(
                hostName: "localhost",
                authenticationMethod: DeviceAuthenticationWithX509Certificate(deviceID: "d", certificate: certificate),
                transport: transport,
                options: bench.options
            )
            try await client.open()
            #expect(try await client.updateReportedProperties(["x": 1]) == 2)
            await client.close()
        }
    }
}
