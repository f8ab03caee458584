import IoTHub
import Logging
import NIOConcurrencyHelpers
import Testing

@testable import DeviceClient

/// The ends of certificates, with a clock that the tests set.
@Suite(.timeLimit(.minutes(2))) struct CertificateExpiryTests {
    private static let start: Int64 = 1_800_000_000
    private static let end: Int64 = 1_900_000_000
    private static let dates = "it is good from 2027-01-15T08:00:00Z to 2030-03-17T17:46:40Z"

    @Test(
        "outside of its life nothing is sent, and the error has the dates",
        arguments: TransportType.overTCP,
        [(start - 1, "is not good yet"), (end + 1, "has expired")]
    )
    func outside(_ transport: TransportType, _ time: (now: Int64, words: String)) async throws {
        // Nobody listens there, so an attempt would be told as refused by the system.
        let peer = try RudePeer(listens: false)
        var options = ClientOptions()
        options.mqttPort = peer.port
        options.amqpPort = peer.port
        let client = try Self.client(transport, options, NIOLockedValueBox(time.now))
        let statuses = Events<String>()
        await client.setConnectionStatusChangesHandler { statuses.put("\($0) \($1)") }
        let error = await #expect(throws: DeviceClientError.self) { try await client.open() }
        #expect(error?.reason == .unauthorized)
        #expect(error?.message.contains("'d' \(time.words): \(Self.dates)") == true, "\(String(describing: error))")
        #expect(await statuses.next(1) == ["disconnected badCredential"])
        #expect(await client.lastConnectionError == error)
        await client.close()
    }

    @Test("an end while connected is logged and leaves the connection alone; the next connect says so")
    func whileConnected() async throws {
        try await ScriptedAMQPHub.with { hub in
            let log = Events<String>()
            let options = Self.options(of: hub, log)
            let clock = NIOLockedValueBox(Self.start)
            let client = try Self.client(.amqpTcpOnly, options, clock)
            let statuses = Events<String>()
            await client.setConnectionStatusChangesHandler { statuses.put("\($0) \($1)") }
            try await client.open()
            clock.withLockedValue { $0 = Self.end - 86_400 }
            // What the timer does once a day.
            await client.lookAtCertificate()
            await client.lookAtCertificate()
            #expect(await log.next(1) == ["d: the device's certificate ends soon: \(Self.dates)"])
            clock.withLockedValue { $0 = Self.end + 1 }
            await client.lookAtCertificate()
            #expect(
                await log.next(1)
                    == ["d: the device's certificate has expired: \(Self.dates); the next connect will fail"]
            )
            #expect(try await client.updateReportedProperties(["x": 1]) == 2)
            hub.cut()
            #expect(
                await statuses.next(3) == [
                    "connected connectionOk", "disconnectedRetrying communicationError", "disconnected badCredential",
                ]
            )
            #expect(await client.lastConnectionError?.reason == .unauthorized)
            await client.close()
        }
    }

    @Test("a certificate that ends soon is warned of at the connect, once")
    func soon() async throws {
        try await ScriptedAMQPHub.with { hub in
            let log = Events<String>()
            let options = Self.options(of: hub, log)
            let client = try Self.client(.amqpTcpOnly, options, NIOLockedValueBox(Self.end - 5))
            let statuses = Events<String>()
            await client.setConnectionStatusChangesHandler { status, _ in statuses.put("\(status)") }
            try await client.open()
            hub.cut()
            #expect(await statuses.next(3) == ["connected", "disconnectedRetrying", "connected"])
            await client.close()
            options.logger.warning("last")
            #expect(await log.next(2) == ["d: the device's certificate ends soon: \(Self.dates)", "last"])
        }
    }

    private static func options(of hub: ScriptedAMQPHub, _ log: Events<String>) -> ClientOptions {
        var options = ClientOptions()
        options.amqpPort = hub.port
        options.tls = hub.tls
        options.logger = Logger(label: "test") { _ in WarningLog(warnings: log) }
        return options
    }

    private static func client(
        _ transport: TransportType,
        _ options: ClientOptions,
        _ clock: NIOLockedValueBox<Int64>
    ) throws -> DeviceClient {
        var options = options
        options.certificate = try DeviceCertificate.selfSigned(commonName: "d", validity: start...end)
        options.address = HostAddress(numeric: "127.0.0.1")
        var setup = try DeviceSetup(connectionString: "HostName=localhost;DeviceId=d;x509=true", options: options)
        setup.clock = { Double(clock.withLockedValue { $0 }) }
        return try DeviceClient.make(setup, transport)
    }
}

extension TransportType {
    /// The transports over TCP.
    fileprivate static var overTCP: [TransportType] { [.mqttTcpOnly, .amqpTcpOnly] }
}

/// Puts warnings into a stream.
private struct WarningLog: LogHandler {
    let warnings: Events<String>
    var metadata: Logger.Metadata = [:]
    var logLevel = Logger.Level.warning

    init(warnings: Events<String>) { self.warnings = warnings }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) { warnings.put("\(event.message)") }
}
