import ArgumentParser
import DeviceClient
import Foundation
import IoTHub
import UnixSignals

/// The device of Microsoft's article "Get started with device twins", in Swift: it reads its twin, reports how it is
/// connected, and answers every change of its desired properties with a report.
@main
struct TwinSample: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "TwinSample",
        abstract: "A device that reads its twin, reports properties, and hears of desired ones.",
        discussion: """
            The device's connection string comes from the environment variable IOTHUB_DEVICE_CONNECTION_STRING.

            Against Azure:        TwinSample --transport Mqtt
            Against a local hub:  TwinSample --ca ~/.twinfleet/ca.pem --mqtt-port 8883
            With a certificate:   TwinSample --x509-certificate device.pem --x509-key device.key
                                  (the connection string then says x509=true in place of a key)
            """
    )

    @Option(
        help: "How to reach the hub: Mqtt, Amqp, or either with _Tcp_Only or _WebSocket_Only.",
        transform: parseTransport
    )
    var transport = TransportType.mqtt

    @Option(help: "A PEM file with the authority to trust, such as a local hub's ca.pem; default: the system's.")
    var ca: String?

    @Option(help: "The hub's port for MQTT; a real hub has 8883.")
    var mqttPort = 8883

    @Option(help: "The hub's port for AMQP; a real hub has 5671.")
    var amqpPort = 5671

    @Option(help: "The hub's port for WebSockets; a real hub has 443.")
    var webSocketPort = 443

    @Option(help: "A PEM file with the device's certificate, for a connection string that says x509=true.")
    var x509Certificate: String?

    @Option(help: "A PEM file with the certificate's private key; an encrypted one takes TWINSAMPLE_KEY_PASSPHRASE.")
    var x509Key: String?

    @Option(help: "Seconds to run; Ctrl-C ends it earlier.")
    var runFor = 60

    func validate() throws {
        guard (x509Certificate == nil) == (x509Key == nil) else {
            throw ValidationError("--x509-certificate and --x509-key go together")
        }
    }

    func run() async throws {
        let connectionString = ProcessInfo.processInfo.environment["IOTHUB_DEVICE_CONNECTION_STRING"] ?? ""
        guard !connectionString.isEmpty else {
            throw ValidationError("set IOTHUB_DEVICE_CONNECTION_STRING to the device's connection string")
        }

        say("Connecting to hub")
        var options = ClientOptions()
        options.trustedCAFile = ca
        options.mqttPort = mqttPort
        options.amqpPort = amqpPort
        options.webSocketPort = webSocketPort
        if let x509Certificate, let x509Key {
            options.certificate = try DeviceCertificate(
                certificateFile: x509Certificate,
                keyFile: x509Key,
                passphrase: ProcessInfo.processInfo.environment["TWINSAMPLE_KEY_PASSPHRASE"]
            )
        }
        let client = try DeviceClient.create(
            connectionString: connectionString,
            transport: transport,
            options: options
        )
        try await client.open()
        try await client.setDesiredPropertyUpdateCallback(onDesiredPropertyChanged)

        say("Retrieving twin")
        let twin = try await client.getTwin()
        say("  desired  \(twin.properties.desired)")
        say("  reported \(twin.properties.reported)")

        say("Sending connectivity data as reported property")
        try await client.updateReportedProperties(["connectivity": ["type": "cellular"]])

        let signals = await UnixSignalsSequence(trapping: .sigint, .sigterm)
        say("Waiting for desired property changes for \(runFor) s, or until Ctrl-C")
        await Self.wait(for: .seconds(runFor), orUntil: signals)

        try await client.setDesiredPropertyUpdateCallback(nil)
        await client.close()
        say("Closed")
    }

    /// Waits until the time is over or a signal comes.
    private static func wait(for duration: Duration, orUntil signals: UnixSignalsSequence) async {
        await withTaskGroup(of: Void.self) { group in
            // Cancelled when a signal came first; either way the wait is over.
            group.addTask { try? await Task.sleep(for: duration) }
            group.addTask { for await _ in signals { return } }
            await group.next()
            group.cancelAll()
        }
    }
}

/// Reports what was desired, and when it came.
private func onDesiredPropertyChanged(_ client: DeviceClient, _ update: DesiredPropertyUpdate) async {
    say("Desired properties changed to version \(update.version): \(update.properties)")
    var reported = TwinCollection(update.properties.values)
    reported["DateTimeLastDesiredPropertyChangeReceived"] = .string(HubTimestamp.now().description)
    do {
        let version = try await client.updateReportedProperties(reported)
        say("Reported them back as version \(version)")
    } catch {
        say("Could not report them back: \(error)")
    }
}

/// Prints a line at once, also when standard output is a pipe.
private func say(_ line: String) {
    FileHandle.standardOutput.write(Data("\(line)\n".utf8))
}

/// The transport with a name of Microsoft's SDKs.
private func parseTransport(_ name: String) throws -> TransportType {
    guard let transport = TransportType(rawValue: name) else {
        let names = TransportType.allCases.map(\.rawValue).joined(separator: ", ")
        throw ValidationError("'\(name)' is no transport; expected one of \(names)")
    }
    return transport
}
