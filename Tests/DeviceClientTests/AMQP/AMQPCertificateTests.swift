import AMQPEngine
import DeviceClient
import IoTHub
import Testing

/// Devices over AMQP that have shown a certificate in the TLS handshake.
@Suite(.timeLimit(.minutes(2))) struct AMQPCertificateTests {
    @Test("no token is shown, and each has a connection of its own although there is a pool")
    func noTokens() async throws {
        try await ScriptedAMQPHub.with { hub in
            let lane = try Lane(label: "certificates")
            let clients = try ["a", "b"].map { id in
                let certificate = try DeviceCertificate.selfSigned(commonName: id)
                return try hub.client(id) { options in
                    options.lane = lane
                    options.certificate = certificate
                    options.amqpConnectionPoolSettings = AmqpConnectionPoolSettings(pooling: true, maxPoolSize: 1)
                }
            }
            for client in clients { try await client.open() }
            #expect(hub.connectionCount == 2)
            for client in clients { #expect(try await client.updateReportedProperties(["x": 1]) == 2) }
            for client in clients { await client.close() }
            var seen: [String] = []
            for _ in 0..<2 { seen += await hub.seen.until { $0 == "gone" } }
            #expect(seen.contains("attach a"))
            #expect(!seen.contains { $0.hasPrefix("token") })
        }
    }

    @Test("a refused link is a bad credential, and not tried again")
    func refused() async throws {
        try await ScriptedAMQPHub.with {
            $0.refusal = { _ in AMQPError(.unauthorizedAccess, "certificate not accepted") }
        } _: { hub in
            let client = try hub.client("d") { $0.certificate = try? DeviceCertificate.selfSigned(commonName: "d") }
            let statuses = Events<String>()
            await client.setConnectionStatusChangesHandler { statuses.put("\($0) \($1)") }
            let error = await #expect(throws: DeviceClientError.self) { try await client.open() }
            #expect(error?.reason == .unauthorized)
            #expect(error?.message.contains("certificate not accepted") == true)
            #expect(await statuses.next(1) == ["disconnected badCredential"])
            await client.close()
        }
    }
}
