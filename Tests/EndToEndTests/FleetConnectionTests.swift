import DeviceClient
import Foundation
import Glibc
import IoTHub
import TestKit
import Testing

@Suite("twinfleet run: how devices connect", .timeLimit(.minutes(5)))
struct FleetConnectionTests {
    /// A port of loopback that nobody listens on and nobody else gets.
    private final class ClosedPort {
        let number: UInt16
        private let descriptor: Int32

        init() throws {
            let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
            var address = sockaddr_in()
            address.sin_family = sa_family_t(AF_INET)
            address.sin_addr.s_addr = in_addr_t(0x7F00_0001).bigEndian
            var length = socklen_t(MemoryLayout<sockaddr_in>.size)
            let isBound = withUnsafeMutablePointer(to: &address) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    bind(descriptor, $0, length) == 0 && getsockname(descriptor, $0, &length) == 0
                }
            }
            self.descriptor = descriptor
            number = UInt16(bigEndian: address.sin_port)
            try #require(isBound)
        }

        deinit { close(descriptor) }
    }

    /// A fleet of six devices that is done in a few seconds, with other devices' settings.
    private func fleet(_ device: String, _ more: String = "") -> String {
        Workbench.smallFleet.replacing("transport: { Mqtt: 50%, Mqtt_Tcp_Only: 50% }", with: device)
            .replacing("hub: local", with: more.isEmpty ? "hub: local" : more)
    }

    @Test("the shipped fleet over all six transports passes, with the latencies of each")
    func sixTransports() async throws {
        let file = URL(fileURLWithPath: #filePath).appendingPathComponent("../../../fleets/six-transports.yaml")
        let fleet = try String(contentsOf: file.standardized, encoding: .utf8)
            .replacing("count: 300", with: "count: 15").replacing("rate: 300/s", with: "rate: 30/s")
            .replacing("duration: 45s", with: "duration: 2s")
            // How fast a busy machine is does not decide a test.
            .replacing("p50 < 50ms, p99 < 500ms", with: "p99 < 60s").replacing("p99 < 1s", with: "p99 < 60s")
        let bench = try Workbench()
        let outcome = try await bench.run(fleet: fleet)
        #expect(outcome.exitCode == 0, "\(outcome.output)\n\(outcome.errors)")
        let names = [
            "Amqp", "Amqp_Tcp_Only", "Amqp_WebSocket_Only", "Mqtt", "Mqtt_Tcp_Only", "Mqtt_WebSocket_Only",
        ]
        let summary = try bench.summary()
        let groups = summary["latencies"]?.arrayValue?.first { $0["by"] == "transport" }?["groups"]?.arrayValue ?? []
        #expect(groups.compactMap { $0["name"]?.stringValue } == names)
        #expect(groups.allSatisfy { ($0["sync"]?["count"]?.integerValue ?? 0) > 0 })
        let uses = summary["devices"]?["transports"]?.arrayValue ?? []
        #expect(uses.map { $0["declared"] } == names.map { .string($0) })
        for use in uses {
            let declared = use["declared"]?.stringValue ?? ""
            // TCP gets through here, so that the two with a choice use it.
            let expected = declared.contains("_") ? declared : declared + "_Tcp_Only"
            #expect(use["devices"] == 5 && use["over"] == [expected: 5] && use["fallbacks"] == 0, "\(use.text)")
        }
        let rows = outcome.output.split(separator: "\n").map { $0.split(separator: " ") }
        for name in names { #expect(rows.contains { $0.first == name[...] && $0.count == 15 }, "\(name)") }
    }

    @Test("where TCP does not get through devices fall back to WebSockets, and the summary says so")
    func fallback() async throws {
        let bench = try Workbench()
        let (hub, ready) = try await bench.startHub()
        let closed = try ClosedPort()
        let file = try #require(ready["ca"]?.stringValue)
        let amqp = try #require(ready["amqpPort"]?.integerValue)
        let connection = try #require(ready["connectionString"]?.stringValue)
        let ports = "{ mqtt: \(closed.number), amqp: \(amqp) }"
        let outcome = try await bench.run(
            fleet: fleet(
                "transport: { Mqtt: 50%, Amqp: 50% }",
                "hub: { connection: ${HUB}, ca: \(file), proxy: none, ports: \(ports) }"
            ),
            environment: ["HUB": connection]
        )
        #expect(outcome.exitCode == 0, "\(outcome.output)\n\(outcome.errors)")
        #expect(outcome.output.contains("6 of 6 connected, 3 over a WebSocket where TCP did not get through"))
        #expect(outcome.output.contains("\n  Amqp            3 devices: 3 over Amqp_Tcp_Only\n"), "\(outcome.output)")
        #expect(
            outcome.output.contains(
                "\n  Mqtt            3 devices: 3 over Mqtt_WebSocket_Only, where TCP did not get through\n"
            ),
            "\(outcome.output)"
        )
        let summary = try bench.summary()
        let uses = summary["devices"]?["transports"]?.arrayValue ?? []
        #expect(uses.map { $0["fallbacks"] } == [0, 3])
        let tables = summary["latencies"]?.arrayValue ?? []
        func groups(_ dimension: String) -> [String?] {
            tables.first { $0["by"]?.stringValue == dimension }?["groups"]?.arrayValue?.map { $0["name"]?.stringValue }
                ?? []
        }
        #expect(groups("transport") == ["Amqp", "Mqtt"])
        #expect(groups("active_transport") == ["Amqp_Tcp_Only", "Mqtt_WebSocket_Only"])
        try hub.closeInput()
        #expect(await hub.outcome().exitCode == 0)
    }

    @Test("devices prove themselves by certificates of the run's authority, and no file is left behind")
    func certificates() async throws {
        let bench = try Workbench()
        let outcome = try await bench.run(
            fleet: fleet("transport: { Mqtt: 50%, Amqp: 50% }\n    auth: { sas: 50%, x509: 50% }"),
            environment: ["TMPDIR": bench.temporaryFolder.path]
        )
        #expect(outcome.exitCode == 0, "\(outcome.output)\n\(outcome.errors)")
        #expect(try bench.summary()["devices"]?["ready"] == 6)
        #expect(try FileManager.default.contentsOfDirectory(atPath: bench.temporaryFolder.path) == [])
    }

    @Test("devices prove themselves by certificates that an authority from files signs")
    func givenAuthority() async throws {
        let bench = try Workbench()
        let authority = try DeviceCertificateAuthority.make(commonName: "plant")
        try bench.directory.write(authority.certificatePEM, to: "ca.pem")
        try bench.directory.write(authority.keyPEM(), to: "ca.key")
        let auth = "auth: { x509: ca, ca: { certificate: ca.pem, key: ca.key } }"
        let outcome = try await bench.run(fleet: fleet("transport: Mqtt_Tcp_Only\n    \(auth)"))
        #expect(outcome.exitCode == 0, "\(outcome.output)\n\(outcome.errors)")
        #expect(try bench.summary()["devices"]?["ready"] == 6)
    }
}
