import ArgumentParser
import BenchmarkKit
import DeviceClient
import Foundation
import IoTHub

/// What a fleet's devices cost: DeviceClient's fast path, answering each desired patch with a reported patch.
///
/// It does what the C program beside it does, and prints the same lines of JSON: "start" before the first connection,
/// "ready" when every device is, "done" after the echoes asked for.
@main
struct EchoFleet: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "EchoFleet")

    @Option(help: "A file with a connection string on each line.")
    var devices: String

    @Option(help: "The file with the certificate authority to trust.")
    var ca: String

    @Option(help: "The hub's address.")
    var address: String

    @Option(help: "The hub's port for MQTT over TLS.")
    var port = 8883

    @Option(help: "The hub's port for AMQP over TLS.")
    var amqpPort = 5671

    @Option(help: "The hub's port for WebSockets, which is its HTTPS port.")
    var webSocketPort = 443

    @Option(
        help: "How the devices connect: Mqtt, Amqp, or either with _Tcp_Only or _WebSocket_Only.",
        transform: parseTransport
    )
    var transport = TransportType.mqttTcpOnly

    @Option(help: "How many devices share an AMQP connection; when left out, each has its own.")
    var pool: Int?

    @Option(help: "How many lanes; one for each processor when left out.")
    var lanes: Int?

    @Option(help: "Echoes before measuring.")
    var warmUp = 1000

    @Option(help: "Echoes to measure.")
    var echoes = 10_000

    /// Connections not ready yet at any time; a hub's backlog bounds what makes sense.
    private static let mostInFlight = 64

    func run() async throws {
        Measure.raiseOpenFileLimit()
        let connectionStrings = try String(contentsOfFile: devices, encoding: .utf8)
            .split(separator: "\n").map(String.init)
        let lanes = try lanes.map { try Lane.makeLanes(count: $0) } ?? Lane.makeLanes()
        var options = ClientOptions()
        options.tls = try DeviceTLS(trustedCAFile: ca)
        options.mqttPort = port
        options.amqpPort = amqpPort
        options.webSocketPort = webSocketPort
        if let pool {
            let onEachLane = (connectionStrings.count + lanes.count - 1) / lanes.count
            let connections = (onEachLane + max(1, pool) - 1) / max(1, pool)
            options.amqpConnectionPoolSettings = AmqpConnectionPoolSettings(pooling: true, maxPoolSize: connections)
        }
        options.address = try await HostAddress.resolve(address)

        let before = Measure.now()
        Measure.printLine(event: "start", ["resident_bytes": Measure.residentBytes, "open_files": Measure.openFiles])
        let counter = EchoCounter(warmUp: warmUp, echoes: echoes)
        let clients = try await connect(connectionStrings, lanes: lanes, options: options, counter: counter)
        let ready = Measure.now()
        Measure.printLine(
            event: "ready",
            Measure.difference(before, ready).merging(
                [
                    "devices": clients.count, "resident_bytes": Measure.residentBytes,
                    "open_files": Measure.openFiles,
                ]
            ) { $1 }
        )

        let (first, last) = await counter.measured()
        Measure.printLine(
            event: "done",
            Measure.difference(first, last).merging(
                [
                    "echoes": echoes, "resident_bytes": Measure.residentBytes, "open_files": Measure.openFiles,
                    "failed": counter.failures,
                ]
            ) { $1 }
        )
        // The clients live until here; the hub sees the rest of their end as lost connections.
        withExtendedLifetime(clients) {}
    }

    private func connect(
        _ connectionStrings: [String],
        lanes: [Lane],
        options: ClientOptions,
        counter: EchoCounter
    ) async throws -> [DeviceClient] {
        try await withThrowingTaskGroup(of: DeviceClient.self) { group in
            var clients: [DeviceClient] = []
            clients.reserveCapacity(connectionStrings.count)
            for (index, text) in connectionStrings.enumerated() {
                if index >= Self.mostInFlight, let client = try await group.next() { clients.append(client) }
                var options = options
                options.lane = lanes[index % lanes.count]
                group.addTask { [options, transport] in
                    let client = try DeviceClient.create(
                        connectionString: text,
                        transport: transport,
                        options: options
                    )
                    try await client.open()
                    try await client.setDesiredPropertyHandler { client, update in
                        echo(update, by: client, counter: counter)
                    }
                    _ = try await client.getTwin()
                    return client
                }
            }
            for try await client in group { clients.append(client) }
            return clients
        }
    }
}

/// The transport with a name of Microsoft's SDKs.
private func parseTransport(_ name: String) throws -> TransportType {
    guard let transport = TransportType(rawValue: name) else { throw ValidationError("'\(name)' is no transport") }
    return transport
}

/// Answers a desired patch with its own members and the time.
private func echo(_ update: DesiredPropertyUpdate, by client: isolated DeviceClient, counter: EchoCounter) {
    var patch = update.properties.values
    patch["DateTimeLastDesiredPropertyChangeReceived"] = .string(HubTimestamp.now().description)
    client.report(patch) { _, result in
        switch result {
        case .success: counter.acknowledged()
        case .failure: counter.failed()
        }
    }
}
