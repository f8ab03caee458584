import ArgumentParser
import Fleet
import FleetReport
import FleetRunner
import Foundation
import IoTHub
import LiveServer
import UnixSignals

/// `twinfleet run`: the main job.
struct RunCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Runs a fleet: provision, connect, change, echo, measure, judge.",
        discussion: """
            The fleet file says what to run and against which hub; with 'hub: local' a hub starts beside the run and \
            goes with it. Ctrl-C ends the workload, waits for what is in flight and still writes the report; a second \
            Ctrl-C stops at once.

            Examples:
              twinfleet run fleets/demo.yaml
              twinfleet run fleets/load.yaml --output /tmp/runs --quiet
              twinfleet run fleets/load.yaml --metrics 9464    # for Prometheus
              twinfleet run fleets/load.yaml --page            # watch it in the browser
              IOTHUB_CONNECTION_STRING='HostName=…' twinfleet run fleet.yaml --cleanup

            Exit codes: 0 PASS, 1 FAIL, 2 INVALID, 64 usage, 65 bad fleet file, 69 hub unreachable, 70 internal error \
            or a machine that is too small (open files, source ports, memory), 130 interrupted.
            """
    )

    @Argument(help: "The fleet file (YAML).")
    var fleet: String

    @Option(help: "The folder in which the run's own folder with its files is made.")
    var output = "runs"

    @Flag(help: "Remove the device identities that this run created.")
    var cleanup = false

    @Flag(help: "No progress, only notes and the summary.")
    var quiet = false

    @OptionGroup var metrics: MetricsOption

    @OptionGroup(title: "Live page") var page: PageOptions

    func run() async throws {
        StandardOutput.keepGoing()
        let tolerance = try RunTolerance.read(ProcessInfo.processInfo.environment)
        let fleet = try FleetFile.load(self.fleet)
        // Registered before anything is started, so that an early Ctrl-C is not lost.
        let signals = await RunInterruptions.signals()
        let control = RunControl()
        do {
            try FleetPlan.check(fleet)
            // Before anything is driven: measurements that cannot be kept are lost.
            try RunFolder.check(parent: output)
            let latest = LatestSnapshot()
            let page = try await RunPage.start(self.page)
            let metrics = try await MetricsServer.start(self.metrics) { latest.metrics }
            let links = page.links + (metrics.map { [("metrics", $0.address)] } ?? [])
            for (name, address) in links { tell("\(name)  \(address)") }
            let display = RunDisplay(quiet: quiet, links: links)
            let stops = display.givesWay()
            defer {
                display.finish()
                withExtendedLifetime(stops) {}
            }
            let interruptions = RunInterruptions(control, display)
            let listening = Task { await interruptions.listen(to: signals) }
            defer { listening.cancel() }
            let (result, usage) = try await carryOut(fleet, tolerance, control, page) { progress in
                display.observe(progress)
                latest.observe(progress)
                page.observe(progress)
            }
            page.finish(result, folder: try report(result, usage, display, interruptions))
            if let tolerance { say("note    \(tolerance.note)") }
            // The last values are there until the very end.
            await page.stop()
            await metrics?.stop()
            throw leave(result.exitCode)
        } catch let error as RunError {
            complain(error.message)
            throw leave(error.exitCode)
        } catch let error as HubProcess.StartError {
            complain(error.description)
            throw leave(.hubUnreachable)
        } catch let error as RunFolder.WritingError {
            complain(error.description)
            throw leave(.internalError)
        } catch let error as LiveServerError {
            complain(error.description)
            throw leave(.internalError)
        }
    }

    /// Runs against the hub that the file names, or against a local one that lives as long as the run.
    private func carryOut(
        _ fleet: Fleet,
        _ tolerance: RunTolerance?,
        _ control: RunControl,
        _ page: RunPage,
        _ observer: @escaping RunObserver
    ) async throws -> (RunResult, LocalHubUsage?) {
        var configuration = RunConfiguration()
        configuration.cleansUp = cleanup
        configuration.programVersion = Version.current
        tolerance?.apply(to: &configuration, driving: fleet.duration)
        func run(against endpoint: HubEndpoint) async throws -> RunResult {
            try page.attach(endpoint, fleet.hub)
            return try await FleetRun(
                fleet: fleet,
                endpoint: endpoint,
                configuration: configuration,
                observer: observer
            ).run(control: control)
        }
        func run(_ access: HubEndpoint.Access, host: String) async throws -> (RunResult, LocalHubUsage?) {
            let endpoint = HubEndpoint(
                access: access,
                trustedCAFile: fleet.hub.caFile,
                mqttPort: fleet.hub.mqttPort,
                amqpPort: fleet.hub.amqpPort,
                webSocketPort: fleet.hub.webSocketPort,
                proxy: fleet.hub.proxy,
                isOnThisMachine: Self.isLoopback(host)
            )
            return (try await run(against: endpoint), nil)
        }
        switch fleet.hub.address {
        case .connection(let text):
            return try await run(.connectionString(text), host: (try? ConnectionString(parsing: text))?.host ?? "")
        case .entra(let host, let setting):
            return try await run(.entra(host: host, setting), host: HostAndPort(host)?.host ?? host)
        case .local:
            let authorities = try RunAuthorities(for: fleet)
            let hub = try HubProcess.start(authorities: authorities.arguments)
            authorities.removeFolder()
            do {
                var endpoint = hub.endpoint
                endpoint.authorityOfRun = authorities.ofRun
                let result = try await run(against: endpoint)
                return (result, hub.stop())
            } catch {
                _ = hub.stop()
                throw error
            }
        }
    }

    /// Says where something is to be found, apart from the summary when that is all that standard output shall have.
    private func tell(_ line: String) {
        if quiet { complain(line) } else { say(line) }
    }

    /// Writes the run's files, then prints the summary: a terminal that nobody reads must not keep them from the disk.
    /// - Returns: the folder.
    private func report(
        _ result: RunResult,
        _ usage: LocalHubUsage?,
        _ display: RunDisplay,
        _ interruptions: RunInterruptions
    ) throws -> String {
        let files = Result { try RunFolder.write(result, hubUsage: usage, into: output) }
        display.finish()
        if case .success = files { interruptions.runIsOver(with: result.exitCode) }
        say("")
        let summary = SummaryText.render(result, hubUsage: usage, style: Terminal.style, columns: Terminal.columns)
        say(summary.trimmingCharacters(in: .newlines))
        let folder = try files.get()
        say("\nreport  \(folder.path)/\(RunFolder.reportName)")
        let others = RunFolder.fileNames.filter { $0 != RunFolder.reportName }
        say("files   \(folder.path): \(others.joined(separator: ", "))")
        return folder.path
    }

    private func leave(_ code: FleetRunner.ExitCode) -> ArgumentParser.ExitCode {
        ArgumentParser.ExitCode(code.rawValue)
    }

    private static func isLoopback(_ host: String) -> Bool {
        host == "localhost" || host == "::1" || host.hasPrefix("127.")
    }
}
