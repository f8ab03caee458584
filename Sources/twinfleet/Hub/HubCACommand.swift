import ArgumentParser
import FleetReport
import Foundation
import IoTHub
import LocalHub
import Logging

/// `twinfleet hub ca`: the certificate authorities of a hub's data folder.
struct HubCACommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ca",
        abstract: "Adds, lists and removes the certificate authorities that sign devices' certificates.",
        discussion: """
            A device whose authentication is 'ca' connects with a certificate that chains to one of them and whose \
            subject's common name is the device id. They are kept in the hub's data folder, and a hub that runs on it \
            must be stopped first; 'twinfleet hub --ca NAME=FILE' adds one at the start.

            Examples:
              twinfleet hub ca add plant plant-ca.pem --data ~/.twinfleet
              twinfleet hub ca list --data ~/.twinfleet
              twinfleet device add press-0001 --auth ca
            """,
        subcommands: [HubCAAdd.self, HubCAList.self, HubCARemove.self]
    )
}

/// `twinfleet hub ca add`.
struct HubCAAdd: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "add",
        abstract: "Adds a certificate authority, or replaces the one of that name.",
        discussion: """
            The file has the authority's certificate in PEM; its key is not needed. No hub may run on the folder meanwhile.

            Examples:
              twinfleet hub ca add plant plant-ca.pem --data ~/.twinfleet
            """
    )

    @Argument(help: "What the hub shall call it: letters, digits, '-', '.' and '_'.")
    var name: String

    @Argument(help: "The file with its certificate (PEM); its key is not needed.", completion: .file())
    var file: String

    @OptionGroup var folder: DataFolderOption

    func run() async throws {
        try folder.work(creates: true) { authorities in
            let entry = try authorities.add(AuthorityFile.read(file, named: name))
            say("added '\(entry.name)': \(entry.subject), until \(entry.notAfter)")
        }
    }
}

/// `twinfleet hub ca list`.
struct HubCAList: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "Lists the certificate authorities.",
        discussion: """
            Examples:
              twinfleet hub ca list --data ~/.twinfleet
              twinfleet hub ca list --data ~/.twinfleet --json
            """
    )

    @OptionGroup var folder: DataFolderOption
    @OptionGroup var form: JSONOption

    func run() async throws {
        let entries = try folder.work { try $0.entries() }
        let output = Output(screen: nil, pager: nil)
        var printer = RowPrinter(form.json ? .json : .table, to: output, style: Terminal.style) { _ in
            let names = ["name", "notAfter", "subject"]
            return RowLayout(titles: names) { row in names.map { CellText.cell(row[$0]) } }
        }
        try printer.page(
            entries.map { entry in
                [
                    "name": .string(entry.name), "notAfter": .string(entry.notAfter.description),
                    "subject": .string(entry.subject),
                ]
            }
        )
        try printer.end()
        try output.finish()
        if printer.count == 0, printer.isForPeople { complain("no certificate authorities") }
    }
}

/// `twinfleet hub ca remove`.
struct HubCARemove: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "remove",
        abstract: "Removes a certificate authority; devices with its certificates come in no more.",
        discussion: """
            Examples:
              twinfleet hub ca remove plant --data ~/.twinfleet
            """
    )

    @Argument(help: "What the hub calls it.")
    var name: String

    @OptionGroup var folder: DataFolderOption

    func run() async throws {
        try folder.work { try $0.remove(name) }
        say("removed '\(name)'")
    }
}

extension DataFolderOption {
    /// Does a command's work on the folder's authorities, and ends the process's way when it fails.
    /// - Throws: `ExitCode`, after the reason has been told on standard error.
    fileprivate func work<Result>(creates: Bool = false, _ body: (HubAuthorities) throws -> Result) throws -> Result {
        guard let data else { throw ValidationError("expected --data and the hub's data folder") }
        var logger = Logger(label: "hub", factory: { StreamLogHandler.standardError(label: $0) })
        logger.logLevel = .warning
        do {
            let authorities = try HubAuthorities(
                dataDirectory: FileText.expanded(data),
                creates: creates,
                logger: logger
            )
            defer { authorities.close() }
            return try body(authorities)
        } catch let error as LocalHubError {
            complain(error.description)
            throw ExitCode((error.reason == .badAuthority ? CommandError.Exit.usage : .refused).rawValue)
        } catch let error as CommandError {
            complain(error.message)
            throw ExitCode(error.exit.rawValue)
        }
    }
}
