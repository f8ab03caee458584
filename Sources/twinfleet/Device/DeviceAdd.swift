import ArgumentParser
import Foundation
import IoTHub
import NIOConcurrencyHelpers
import ServiceClient

/// `twinfleet device add`.
struct DeviceAdd: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "add",
        abstract: "Registers devices.",
        discussion: """
            The hub makes the keys that are not given. They are printed only when asked for: with --show-keys, or with \
            --connection-string as what a device's SDK takes. --json prints an array, with one identity per device.

            Examples:
              twinfleet device add press-0001
              twinfleet device add press-{0001..0100}
              twinfleet device add press-0001 --connection-string > press-0001.txt
              twinfleet device add gateway --edge
              twinfleet device add press-0002 --certificate press-0002.pem
              twinfleet device add press-0003 --auth ca
            """
    )

    /// Requests in flight: several hide the network's delay, more would only run into the hub's limit.
    private static let width = 8

    @Argument(help: "The ids of the new devices.")
    var ids: [String]

    @OptionGroup(title: "Authentication") var authentication: AuthenticationOptions

    @Flag(help: "Register IoT Edge devices.")
    var edge = false

    @Option(help: ArgumentHelp("The scope of the edge device to connect through.", valueName: "scope"))
    var deviceScope: String?

    @Option(help: ArgumentHelp("The scope of a parent; may be given several times.", valueName: "scope"))
    var parentScope: [String] = []

    @Flag(help: "Register devices that may not connect yet.")
    var disabled = false

    @Option(help: ArgumentHelp("Why they may not, up to 128 characters.", valueName: "text"))
    var statusReason: String?

    @Flag(help: "Print the keys, too.")
    var showKeys = false

    @Flag(help: "Print only the devices' connection strings, one per line.")
    var connectionString = false

    @OptionGroup var output: OutputOptions
    @OptionGroup(title: "Hub") var hub: HubOptions

    func validate() throws {
        if ids.count > 1, authentication.belongsToOneDevice {
            throw ValidationError(
                "keys, thumbprints and certificates belong to one device, and \(ids.count) are to be added"
            )
        }
        if connectionString, output.json { throw ValidationError("give --json or --connection-string, not both") }
    }

    func run() async throws {
        try await hub.work { backEnd in
            if authentication.isSecretVisible {
                backEnd.note(
                    "a key on the command line can be seen in 'ps' and in the shell's history; @FILE keeps it out"
                )
            }
            var template = Device(id: "", authentication: try authentication.changed())
            template.capabilities = DeviceCapabilities(iotEdge: edge)
            template.deviceScope = deviceScope
            template.parentScopes = parentScope
            template.status = disabled ? .disabled : .enabled
            template.statusReason = statusReason
            let prototype = template
            let progress = Progress.start("adding \(ids.count) devices", quiet: backEnd.isQuiet)
            defer { progress?.stop() }
            let isHopeless = NIOLockedValueBox(false)
            let results = await inOrder(ids, width: Self.width) { id -> Result<Device, any Error> in
                if isHopeless.withLockedValue({ $0 }) { return .failure(NotTried()) }
                let result = await Self.add(id, like: prototype, backEnd)
                if case .failure(let error as CommandError) = result, error.exit == .unavailable {
                    isHopeless.withLockedValue { $0 = true }
                }
                return result
            }
            progress?.stop()
            try await show(results, backEnd)
        }
    }

    /// Adds one device; a failure is a result like another, so that the rest is still added and shown.
    private static func add(_ id: String, like prototype: Device, _ backEnd: BackEnd) async -> Result<Device, any Error>
    {
        var device = prototype
        device.id = id
        let asked = Asked(
            what: "add device \"\(id)\"",
            deviceID: id,
            needs: .registryWrite,
            lookAt: "twinfleet device show \(id)"
        )
        do {
            return .success(try await backEnd.ask(asked) { [device] in try await backEnd.manager.addDevice(device) })
        } catch {
            return .failure(error)
        }
    }

    /// A hub that cannot be reached for one device cannot be for the next either.
    private struct NotTried: Error {}

    private func show(_ results: [Result<Device, any Error>], _ backEnd: BackEnd) async throws {
        let added = results.compactMap { try? $0.get() }
        try await output.print { output in
            if self.output.json {
                try output.json(.array(added.map { DeviceView.json($0, showsKeys: showKeys) }))
                return
            }
            for device in added {
                if connectionString {
                    try output.line(
                        DeviceView.connectionString(device, host: backEnd.address.host, secondary: false)
                    )
                } else if showKeys {
                    let lines = DeviceView.lines(device, showsKeys: true, style: Terminal.style)
                    try output.line(lines.joined(separator: "\n"))
                } else {
                    try output.line("added \(device.id)")
                }
            }
        }
        if let device = added.first, isatty(STDERR_FILENO) == 1, !showKeys, !connectionString {
            backEnd.note("'twinfleet device connection-string \(device.id)' prints what its SDK needs")
        }
        try check(results)
    }

    /// Tells why devices were not added, and ends the command if there are any.
    private func check(_ results: [Result<Device, any Error>]) throws {
        let failures = results.compactMap { result in
            if case .failure(let error) = result { error } else { nil }
        }
        let told = failures.filter { !($0 is NotTried) }
        guard let last = told.last else { return }
        if failures.count == 1 { throw last }
        for failure in told { complain("\(failure)") }
        throw CommandError(
            (last as? CommandError)?.exit ?? .internalError,
            "\(failures.count) of \(results.count) devices not added"
        )
    }
}
