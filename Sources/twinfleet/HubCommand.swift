import ArgumentParser
import FleetRunner
import Foundation
import IoTHub
import LiveServer
import LocalHub
import Logging
import TwinQuery
import UnixSignals

/// `twinfleet hub`: the local hub as a server of its own.
struct HubCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "hub",
        abstract: "Runs the local hub until Ctrl-C.",
        discussion: """
            The hub speaks the real IoT Hub protocols on the real ports, so that Microsoft's own SDKs connect to it \
            unchanged: MQTT over TLS on 8883, AMQP over TLS on 5671, and on 443 the service API over HTTPS and both \
            protocols over WebSockets. It makes its own certificate authority; give the printed ca.pem to your clients. Device identities and twins last as long as the hub, or \
            for good with a data folder: then every write that was answered outlives a crash and a power failure.

            Examples:
              twinfleet hub                                 # 443 needs a right
              twinfleet hub --https-port 18443              # for a user without that right
              twinfleet hub --data ~/.twinfleet             # keep devices, twins and keys
              twinfleet hub --policy backend=registryRead,serviceConnect
              twinfleet hub --bind 0.0.0.0 --name hub.lan   # for other machines
              twinfleet hub --metrics 9464                  # for Prometheus
              twinfleet hub --ca plant=plant-ca.pem         # trust its devices
              twinfleet hub --page                          # watch it in the browser

            Exit codes: 0 stopped, 64 usage, 69 the hub cannot start (its ports, its data folder), 70 internal error or \
            a port of --metrics or --page-port that is taken.
            """,
        subcommands: [HubCACommand.self]
    )

    @Option(help: "The address to listen on.")
    var bind = "127.0.0.1"

    @Option(help: "The port for MQTT over TLS; 0 takes any free one. Microsoft's SDKs know only 8883.")
    var mqttPort = 8883

    @Option(help: "The port for AMQP over TLS; 0 takes any free one. Microsoft's SDKs know only 5671.")
    var amqpPort = 5671

    @Option(help: "The port for HTTPS and WebSockets; 0 takes any free one. Microsoft's SDKs know only 443.")
    var httpsPort = 443

    @Option(help: "The host name in the printed connection strings.")
    var hostName = "localhost"

    @Option(help: "One more name or address for the server's certificate; may be given several times.")
    var name: [String] = []

    @OptionGroup var folder: DataFolderOption

    @Option(
        name: .customLong("ca"),
        help: ArgumentHelp(
            "A certificate authority that signs devices' certificates (PEM); may be given several times.",
            discussion: "With --data it stays; 'twinfleet hub ca' lists and removes those that are there.",
            valueName: "name=file"
        ),
        completion: .file()
    )
    var authorities: [String] = []

    @Option(
        help: ArgumentHelp(
            "One more shared access policy; may be given several times.",
            discussion: "Permissions: registryRead, registryWrite, serviceConnect, deviceConnect.",
            valueName: "name=permission,..."
        ),
        transform: { (text) throws -> CustomPolicy in
            do throws(IoTHubError) { return try CustomPolicy(parsing: text) } catch {
                throw ValidationError(error.message)
            }
        }
    )
    var policy: [CustomPolicy] = []

    @OptionGroup(title: "Microsoft Entra") var entra: EntraOptions

    @Option(
        help: "The query language: strict (what a real IoT hub accepts) or superset (more functions).",
        transform: { text in
            guard let mode = QueryMode(rawValue: text) else {
                throw ValidationError("'\(text)' is neither strict nor superset")
            }
            return mode
        }
    )
    var queryMode: QueryMode = .strict

    @Option(
        help: "What to log to standard error: trace, debug, info, notice, warning, error or critical.",
        transform: { text in
            guard let level = Logger.Level(rawValue: text) else {
                throw ValidationError("'\(text)' is none of trace, debug, info, notice, warning, error, critical")
            }
            return level
        }
    )
    var logLevel: Logger.Level = .info

    @OptionGroup var metrics: MetricsOption

    @OptionGroup(title: "Live page") var page: PageOptions

    @OptionGroup var form: JSONOption

    @Flag(help: "Stop when standard input ends, and leave Ctrl-C to the parent process.")
    var untilStdinCloses = false

    func validate() throws {
        for (option, port) in [("--mqtt-port", mqttPort), ("--amqp-port", amqpPort), ("--https-port", httpsPort)]
        where !(0...65_535).contains(port) {
            throw ValidationError("\(option) \(port) is no port; expected 0 to 65535")
        }
    }

    func run() async throws {
        StandardOutput.keepGoing()
        // Registered first, so that a signal during the start is not lost.
        let signals = await UnixSignalsSequence(trapping: .sigint, .sigterm)
        // With its terminal goes the parent, and with the parent standard input: then there is time to clean up.
        if untilStdinCloses { signal(SIGHUP, SIG_IGN) }
        OpenFileLimit.raise()
        var logger = Logger(label: "hub", factory: { StreamLogHandler.standardError(label: $0) })
        logger.logLevel = logLevel
        var configuration = LocalHub.Configuration()
        configuration.bindAddress = bind
        configuration.mqttPort = mqttPort
        configuration.amqpPort = amqpPort
        configuration.httpsPort = httpsPort
        configuration.hostName = hostName
        configuration.certificateNames = name
        configuration.policies = policy
        configuration.entra = entra.configuration
        configuration.queryMode = queryMode
        configuration.dataDirectory = folder.data.map { FileText.expanded($0) }
        configuration.logger = logger

        let hub: LocalHub
        do {
            configuration.certificateAuthorities = try authorities.map { try AuthorityFile.read($0) }
            hub = try await LocalHub.start(configuration)
        } catch {
            complain("\(error)")
            let reason = (error as? LocalHubError)?.reason
            let isUsage =
                error is CommandError || reason == .badPolicy || reason == .badAuthority || reason == .badEntra
            throw ArgumentParser.ExitCode((isUsage ? FleetRunner.ExitCode.usage : .hubUnreachable).rawValue)
        }
        let metrics: MetricsServer?
        let page: HubPage
        do throws(LiveServerError) {
            let started = Date().timeIntervalSince1970
            metrics = try await MetricsServer.start(self.metrics, logger: logger) {
                HubMetrics.families(hub.counters, started: started)
            }
            page = try await HubPage.start(self.page, hub, names: (bind, [hostName] + name), logger: logger)
        } catch {
            await hub.stop()
            complain(error.description)
            throw ArgumentParser.ExitCode(FleetRunner.ExitCode.internalError.rawValue)
        }
        announce(hub, metrics, page)
        await waitForTheEnd(signals: signals)
        await page.stop()
        await metrics?.stop()
        await hub.stop()
    }

    private func announce(_ hub: LocalHub, _ metrics: MetricsServer?, _ page: HubPage) {
        if form.json {
            var line = HubReadyLine(
                mqttPort: hub.mqttPort,
                amqpPort: hub.amqpPort,
                httpsPort: hub.httpsPort,
                connectionString: hub.connectionString(),
                certificateAuthorityFile: hub.certificateAuthorityFile
            )
            line.page = page.url
            for policy in hub.policyNames {
                line.connectionStrings[policy] = .string(hub.connectionString(policy: policy))
            }
            line.metrics = metrics?.address
            say(line.json.text)
            return
        }
        say("The local hub is ready. Stop it with Ctrl-C.")
        say("")
        say("  MQTT over TLS   \(bind):\(hub.mqttPort)")
        say("  AMQP over TLS   \(bind):\(hub.amqpPort)")
        say("  HTTPS           \(bind):\(hub.httpsPort), and MQTT and AMQP over WebSockets")
        say("  trust           \(hub.certificateAuthorityFile)")
        if let metrics { say("  metrics         \(metrics.address)") }
        if let url = page.url { say("  page            \(url)") }
        say("")
        say("For 'twinfleet device', 'twin' and 'query' in another terminal:")
        say("  export \(HubAddress.connectionVariable)=\(ShellText.quoted(hub.connectionString()))")
        say("  export \(HubAddress.authorityVariable)=\(ShellText.quoted(hub.certificateAuthorityFile))")
        say("")
        say("Connection strings of its policies:")
        for policy in hub.policyNames {
            say("  \(policy)")
            say("    \(hub.connectionString(policy: policy))")
        }
    }

    /// Waits for a signal, or for the end of standard input, whichever comes first.
    private func waitForTheEnd(signals: UnixSignalsSequence) async {
        let (ends, end) = AsyncStream.makeStream(of: Void.self)
        let listening = Task {
            for await signal in signals where signal == .sigterm || !untilStdinCloses { end.yield() }
        }
        defer { listening.cancel() }
        if untilStdinCloses {
            // Not a child task: nobody can end the read that it waits in, and it goes with the process.
            Task {
                await standardInputEnded()
                end.yield()
            }
        }
        for await _ in ends { return }
    }
}
