import ArgumentParser
import Foundation
import ServiceClient

/// The options that say which hub a command talks to.
struct HubOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "@FILE with a policy's connection string in its first line, or the string itself. "
                + "(default: $\(HubAddress.connectionVariable))",
            valueName: "hub"
        ),
        completion: .file()
    )
    var hub: String?

    @Option(
        help: ArgumentHelp(
            "The hub's host name, when Microsoft Entra and no policy says who we are.",
            discussion: """
                The environment holds the credential (AZURE_TENANT_ID and AZURE_CLIENT_ID with AZURE_CLIENT_SECRET, \
                AZURE_CLIENT_CERTIFICATE_PATH or AZURE_FEDERATED_TOKEN_FILE), else Azure CLI is logged in.
                """,
            valueName: "name"
        )
    )
    var host: String?

    @Option(
        name: .customLong("ca"),
        help: ArgumentHelp(
            "A PEM file of certificate authorities to trust; a local hub's is its ca.pem. "
                + "(default: $\(HubAddress.authorityVariable), else the system's)",
            valueName: "file"
        ),
        completion: .file()
    )
    var authorityFile: String?

    @Option(help: ArgumentHelp("Longest time for each answer of the hub, retries included.", valueName: "seconds"))
    var timeout = 60.0

    @Flag(help: "No progress and no notes on standard error, only errors.")
    var quiet = false

    func validate() throws {
        if hub != nil, host != nil {
            throw ValidationError("--hub and --host both name the hub; give one of them")
        }
        guard timeout > 0, timeout <= 86_400 else {
            throw ValidationError(
                "--timeout \(timeout) is no time to wait; expected seconds, above 0 and at most 86400"
            )
        }
    }

    /// Does a command's work against the hub, and ends the process's way when it fails.
    ///
    /// - Throws: `ExitCode`, after the reason has been told on standard error.
    func work(_ body: (BackEnd) async throws -> Void) async throws {
        do {
            let backEnd = try connect(environment: ProcessInfo.processInfo.environment)
            if backEnd.address.isSecretVisible {
                backEnd.note(
                    "the connection string on the command line can be seen in 'ps' and in the shell's history; "
                        + "\(HubAddress.connectionVariable) and --hub @FILE keep it out"
                )
            }
            do {
                try await body(backEnd)
            } catch {
                try await backEnd.manager.close()
                throw error
            }
            try await backEnd.manager.close()
        } catch let error as CommandError {
            complain(error.message)
            throw ExitCode(error.exit.rawValue)
        } catch let error as ExitCode {
            throw error
        } catch {
            complain("\(error)")
            throw ExitCode(CommandError.Exit.internalError.rawValue)
        }
    }

    /// The hub, with nothing sent yet.
    /// - Throws: `CommandError` that says what is missing.
    func connect(environment: [String: String]) throws -> BackEnd {
        let address = try HubAddress(hub: hub, host: host, ca: authorityFile, environment: environment)
        if let file = address.authorityFile, access(file, R_OK) != 0 {
            let reason = String(cString: strerror(errno))
            let shown = FileText.shown(file)
            throw CommandError(
                .usage,
                "cannot read the certificate authorities in \(shown), from \(address.authorityOrigin): "
                    + "\(reason) (a local hub without --data takes its file along when it ends)"
            )
        }
        var options = ServiceClientOptions()
        options.trustedCAFile = address.authorityFile
        options.operationTimeout = .seconds(timeout)
        options.attemptTimeout = min(options.attemptTimeout, .seconds(timeout))
        options.connectTimeout = min(options.connectTimeout, .seconds(timeout))
        do {
            let manager = try address.manager(options: options, environment: environment)
            return BackEnd(manager: manager, address: address, isQuiet: quiet)
        } catch let error as ServiceClientError {
            throw CommandError(.usage, error.message)
        }
    }
}

extension HubAddress {
    /// A manager for the hub, with nothing sent yet.
    /// - Throws: `ServiceClientError` for what cannot be used.
    fileprivate func manager(
        options: ServiceClientOptions,
        environment: [String: String]
    ) throws -> RegistryManager {
        switch identity {
        case .policy(_, let connectionString):
            return try RegistryManager.create(connectionString: connectionString, options: options)
        case .entra(let hostName):
            var tokens = ServiceClientOptions.tokenRequests
            tokens.operationTimeout = min(tokens.operationTimeout, options.operationTimeout)
            tokens.attemptTimeout = min(tokens.attemptTimeout, options.attemptTimeout)
            let credential = try EnvironmentCredential(environment: environment, options: tokens)
            return try RegistryManager.create(hostName: hostName, credential: credential, options: options)
        }
    }
}
