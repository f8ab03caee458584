import ArgumentParser
import IoTHub
import ServiceClient

/// Whether a device may connect, in the command line's words.
enum StatusChoice: String, CaseIterable, ExpressibleByArgument {
    /// It may.
    case enabled
    /// It may not.
    case disabled
}

/// Which of a device's keys.
enum KeyChoice: String, CaseIterable, ExpressibleByArgument {
    /// The first.
    case primary
    /// The second.
    case secondary
    /// Both.
    case both
}

/// `twinfleet device update`.
struct DeviceUpdate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "update",
        abstract: "Changes a device's identity.",
        discussion: """
            What is not named stays. Without --if-match the change is made to the identity as it is now.

            Examples:
              twinfleet device update press-0001 --status disabled --status-reason "stolen"
              twinfleet device update press-0001 --status enabled
              twinfleet device update press-0001 --regenerate-keys secondary --show-keys
              twinfleet device update press-0001 --certificate press-0001.pem
            """
    )

    /// How often the change is made anew when others change the identity at the same time.
    private static let attempts = 3

    @Argument(help: "The device's id.", completion: DeviceIDCompletion.kind)
    var id: String

    @Option(help: "Whether the device may connect.")
    var status: StatusChoice?

    @Option(help: ArgumentHelp("Why it may not, up to 128 characters.", valueName: "text"))
    var statusReason: String?

    @OptionGroup(title: "Authentication") var authentication: AuthenticationOptions

    @Option(help: ArgumentHelp("Make new random keys.", valueName: "which"))
    var regenerateKeys: KeyChoice?

    @Flag(inversion: .prefixedNo, help: "Whether it is an IoT Edge device.")
    var edge: Bool?

    @Option(help: ArgumentHelp("The scope of the edge device to connect through.", valueName: "scope"))
    var deviceScope: String?

    @Option(help: ArgumentHelp("The scopes of the parents; may be given several times.", valueName: "scope"))
    var parentScope: [String] = []

    @Option(help: ArgumentHelp("Change the identity only while it has this ETag.", valueName: "etag"))
    var ifMatch: String?

    @Flag(help: "Print the keys, too.")
    var showKeys = false

    @OptionGroup var output: OutputOptions
    @OptionGroup(title: "Hub") var hub: HubOptions

    func validate() throws {
        if status == nil, statusReason == nil, authentication.isEmpty, regenerateKeys == nil, edge == nil,
            deviceScope == nil, parentScope.isEmpty
        {
            throw ValidationError(
                "nothing is to be changed; name at least one of --status, --auth, --regenerate-keys, …"
            )
        }
        if regenerateKeys != nil, !authentication.isEmpty,
            authentication.auth != .sas || authentication.belongsToOneDevice
        {
            throw ValidationError(
                "--regenerate-keys makes the keys; it goes with no other key and no other --auth than sas"
            )
        }
    }

    func run() async throws {
        try await hub.work { backEnd in
            if authentication.isSecretVisible {
                backEnd.note(
                    "a key on the command line can be seen in 'ps' and in the shell's history; @FILE keeps it out"
                )
            }
            let progress = Progress.start("changing device \(id)", quiet: backEnd.isQuiet)
            try await output.print(progress: progress) { output in
                let device = try await update(backEnd)
                if self.output.json {
                    try output.json(DeviceView.json(device, showsKeys: showKeys))
                } else {
                    let lines = DeviceView.lines(device, showsKeys: showKeys, style: Terminal.style)
                    try output.line(lines.joined(separator: "\n"))
                }
            }
        }
    }

    private func update(_ backEnd: BackEnd) async throws -> Device {
        let asked = Asked(
            what: "change device \"\(id)\"",
            deviceID: id,
            needs: .registryWrite,
            lookAt: "twinfleet device show \(id)",
            namesETag: ifMatch != nil
        )
        var attempt = 1
        while true {
            var device = try await backEnd.device(id)
            try change(&device)
            if let ifMatch { device.etag = ETag(rawValue: ETag.unquoted(ifMatch)) }
            do {
                return try await backEnd.ask(asked, currentETag: { try await backEnd.manager.getDevice(id).etag }) {
                    do {
                        return try await backEnd.manager.updateDevice(device)
                    } catch let error as ServiceClientError where error.status == 412 && ifMatch == nil {
                        guard attempt < Self.attempts else { throw error }
                        throw ChangedMeanwhile()
                    }
                }
            } catch is ChangedMeanwhile {
                attempt += 1
            }
        }
    }

    /// Makes the change.
    /// - Throws: `CommandError` for options that do not fit the device.
    func change(_ device: inout Device) throws(CommandError) {
        if let status {
            device.status = status == .enabled ? .enabled : .disabled
            // A reason for being disabled is none for being enabled.
            if status == .enabled { device.statusReason = nil }
        }
        if let statusReason { device.statusReason = statusReason }
        if !authentication.isEmpty { device.authentication = try authentication.changed(device.authentication) }
        if let regenerateKeys {
            guard device.authentication.type == .sas else {
                let kind = AuthenticationChoice(device.authentication.type).rawValue
                throw CommandError(
                    .usage,
                    "device \"\(id)\" has no keys (its authentication is \(kind)); --auth sas gives it some"
                )
            }
            var keys = device.authentication.symmetricKey ?? SymmetricKey()
            if regenerateKeys != .secondary { keys.primaryKey = SymmetricKey.randomKey() }
            if regenerateKeys != .primary { keys.secondaryKey = SymmetricKey.randomKey() }
            device.authentication.symmetricKey = keys
        }
        if let edge { device.capabilities.iotEdge = edge }
        if let deviceScope { device.deviceScope = deviceScope }
        if !parentScope.isEmpty { device.parentScopes = parentScope }
    }

    /// Somebody else was quicker; the change is to be made to what is there now.
    private struct ChangedMeanwhile: Error {}
}
