import AMQPEngine
import IoTHub
import NIOCore
import TestKit

@testable import LocalHub

/// An AMQP server with its registry and clock, and what clients need to reach it.
struct AMQPTestServer: DeviceTestServer {
    let servers: DeviceTestServers

    var server: DeviceServer { servers.amqp }

    /// Connects, and opens without SASL unless a credential is given, and without a certificate unless one is given.
    func open(
        _ credential: AMQPSASLCredential? = nil,
        showing certificate: TestCertificate? = nil,
        configure: (inout AMQPConfiguration) -> Void = { _ in }
    ) async throws -> AMQPTestClient {
        let client = try await AMQPTestClient.connect(
            port: server.port,
            tls: tls.client(certificate),
            credential,
            configure
        )
        try await client.open()
        return client
    }

    /// Registers devices.
    func register(_ ids: String...) throws {
        for id in ids { try registry.createDevice(Device(id: id)) }
    }

    /// A token of a registered device, for itself or for another resource.
    func token(_ id: String, for resource: String? = nil, validFor seconds: Int64 = 3600) throws -> String {
        try SharedAccessSignature.create(
            resource: resource ?? "localhost/devices/\(id)",
            key: servers.key(of: id),
            expiry: servers.clock.clock.secondsSinceEpoch() + seconds
        ).token
    }

    /// A token of a policy.
    func token(policy: String, for resource: String = "localhost", validFor seconds: Int64 = 3600) throws -> String {
        try SharedAccessSignature.create(
            resource: resource,
            key: registry.policies[policy]?.primaryKey ?? "",
            expiry: servers.clock.clock.secondsSinceEpoch() + seconds,
            policy: policy
        ).token
    }

    /// A device with its token put and its twin links attached, on a connection of its own or a shared one.
    func attach(_ id: String, on client: AMQPTestClient? = nil) async throws -> AMQPTestDevice {
        let client = if let client { client } else { try await open() }
        let status = try await client.put(token(id), for: "localhost/devices/\(id)")
        guard status == 200 else { throw AMQPTestClient.Unexpected(what: "put-token answered \(status)") }
        return try await AMQPTestDevice.attach(id, on: client)
    }
}
