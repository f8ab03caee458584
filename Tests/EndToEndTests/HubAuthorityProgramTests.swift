import Foundation
import IoTHub
import TestKit
import Testing

@Suite("twinfleet hub ca", .timeLimit(.minutes(2)))
struct HubAuthorityProgramTests {
    @Test("adds, lists and removes; a hub that runs on the folder keeps it to itself")
    func life() async throws {
        let bench = try Workbench()
        let root = try TestAuthority.make(commonName: "Plant Root")
        let file = try bench.directory.write(root.certificatePEM, to: "root.pem")
        let missing = try await bench.start("hub", "ca", "list", "--data", "data").outcome()
        #expect(missing.exitCode == 1)
        #expect(missing.errors.contains("no hub has kept data in"))
        let added = try await bench.start("hub", "ca", "add", "plant", file, "--data", "data").outcome()
        #expect(added.exitCode == 0, "\(added.errors)")
        #expect(added.output.contains("added 'plant': CN=Plant Root, until "))

        let (hub, _) = try await bench.startHub("--data", "data", "--ca", "second=\(file)", "--ca", file)
        let busy = try await bench.start("hub", "ca", "remove", "plant", "--data", "data").outcome()
        #expect(busy.exitCode == 1)
        #expect(busy.errors.contains("a hub is running on"))
        #expect(busy.errors.contains("--ca"))
        try hub.closeInput()
        #expect(await hub.outcome().exitCode == 0)

        let removed = try await bench.start("hub", "ca", "remove", "plant", "--data", "data").outcome()
        #expect(removed.output == "removed 'plant'\n")
        let listed = try await bench.start("hub", "ca", "list", "--json", "--data", "data").outcome()
        let names = try JSON(parsing: listed.output).arrayValue?.compactMap { $0["name"]?.stringValue }
        #expect(names == ["root", "second"])
        let table = try await bench.start("hub", "ca", "list", "--data", "data").outcome()
        #expect(table.output.hasPrefix("name"))
        #expect(table.output.contains("CN=Plant Root"))
    }

    @Test("what is no authority's certificate is a usage error that says what was found")
    func bad() async throws {
        let bench = try Workbench()
        let device = try TestCertificate.selfSigned(commonName: "dev1")
        let file = try bench.directory.write(device.certificatePEM, to: "device.pem")
        let added = try await bench.start("hub", "ca", "add", "plant", file, "--data", "data").outcome()
        #expect(added.exitCode == 64)
        #expect(added.errors.contains("not that of a certificate authority"))
        let gone = try await bench.start("hub", "ca", "add", "plant", "nothing.pem", "--data", "data").outcome()
        #expect(gone.exitCode == 64)
        #expect(gone.errors.contains("nothing.pem"))
        let hub =
            try await bench
            .start("hub", "--ca", file, "--mqtt-port", "0", "--amqp-port", "0", "--https-port", "0").outcome()
        #expect(hub.exitCode == 64)
        #expect(hub.errors.contains("not that of a certificate authority"))
        let folder = try await bench.start("hub", "ca", "list").outcome()
        #expect(folder.exitCode == 64)
        #expect(folder.errors.contains("--data"))
    }

    @Test("the help of the hub tells its options and the commands below it")
    func help() async throws {
        let outcome = try await Workbench().start("hub", "--help").outcome()
        #expect(outcome.exitCode == 0)
        for words in ["--mqtt-port", "--data", "--ca", "SUBCOMMANDS", "  ca "] {
            #expect(outcome.output.contains(words), "\(words)")
        }
        let below = try await Workbench().start("hub", "ca", "add", "--help").outcome()
        #expect(below.output.contains("USAGE: twinfleet hub ca add <name> <file> [--data <data>]"), "\(below.output)")
    }
}
