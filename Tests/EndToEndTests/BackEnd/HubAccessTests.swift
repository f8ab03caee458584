import IoTHub
import TestKit
import Testing

@Suite("How the commands reach their hub", .timeLimit(.minutes(5)))
struct HubAccessTests {
    @Test func theHubComesFromTheEnvironmentAFileOrTheCommandLine() async throws {
        let back = try await BackEndBench()
        let environment = try back.environment()
        let string = try #require(environment["IOTHUB_CONNECTION_STRING"])
        let authority = try #require(environment["IOTHUB_CA_FILE"])
        let bare = ["IOTHUB_CONNECTION_STRING": "", "IOTHUB_CA_FILE": ""]
        try back.bench.directory.write("\(string)\n", to: "hub.txt")

        let file = try await back.run("device", "list", "--hub", "@hub.txt", "--ca", authority, changes: bare)
        #expect(file.exitCode == 0)
        #expect(file.errors == "twinfleet: no devices\n")
        let visible = try await back.run("device", "list", "--hub", string, "--ca", authority, changes: bare)
        #expect(visible.exitCode == 0)
        #expect(visible.errors.contains("can be seen in 'ps' and in the shell's history"))
        let quiet = try await back.run("device", "list", "--hub", string, "--ca", authority, "--quiet", changes: bare)
        #expect(quiet.errors.isEmpty)

        let none = try await back.run("device", "list", changes: bare)
        #expect(none.exitCode == 64)
        #expect(none.errors.contains("export IOTHUB_CONNECTION_STRING="))
        let devices = try await back.run(
            "device",
            "list",
            changes: [
                "IOTHUB_CONNECTION_STRING": "HostName=localhost;DeviceId=d;SharedAccessKey=AAECAwQFBgcICQoLDA0ODw=="
            ]
        )
        #expect(devices.exitCode == 64)
        #expect(devices.errors.contains("the connection string of device \"d\""))
        let unreadable = try await back.run("device", "list", "--ca", "nowhere.pem")
        #expect(unreadable.exitCode == 64)
        #expect(unreadable.errors.contains("nowhere.pem, from --ca: No such file"))
        try await back.stop()
    }

    @Test func aHubThatIsUntrustedUnreachableOrStrangeIsTold() async throws {
        let back = try await BackEndBench()
        let untrusted = try await back.run("query", "SELECT * FROM devices", changes: ["IOTHUB_CA_FILE": ""])
        #expect(untrusted.exitCode == 69)
        #expect(untrusted.errors.contains("not signed by a trusted authority"))
        #expect(untrusted.errors.contains("IOTHUB_CA_FILE"))
        let key = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
        let unreachable = try await back.run(
            "twin",
            "show",
            "x",
            changes: ["IOTHUB_CONNECTION_STRING": "HostName=127.0.0.1:1;SharedAccessKeyName=a;SharedAccessKey=\(key)"]
        )
        #expect(unreachable.exitCode == 69)
        #expect(unreachable.errors.contains("127.0.0.1:1"))
        // One reason for all, not one for each.
        let many = try await back.shell(
            "twinfleet device add d-{001..300}",
            changes: ["IOTHUB_CONNECTION_STRING": "HostName=127.0.0.1:1;SharedAccessKeyName=a;SharedAccessKey=\(key)"]
        )
        #expect(many.exitCode == 69)
        #expect(many.errors.split(separator: "\n").count < 20)
        #expect(many.errors.contains("300 of 300 devices not added"))
        var string = try ConnectionString(parsing: back.environment()["IOTHUB_CONNECTION_STRING"] ?? "")
        string.credential = .policy(name: "iothubowner", key: key)
        let wrongKey = try await back.run("device", "list", changes: ["IOTHUB_CONNECTION_STRING": string.text])
        #expect(wrongKey.exitCode == 69)
        #expect(wrongKey.errors.contains("is the key of policy \"iothubowner\" right"))
        #expect(!wrongKey.errors.contains(key))
        try await back.stop()
    }

    @Test func aPolicyThatLacksAPermissionIsNamedWithIt() async throws {
        let back = try await BackEndBench()
        #expect(try await back.run("device", "list", policy: "registryRead").exitCode == 0)
        let add = try await back.run("device", "add", "x", policy: "registryRead")
        #expect(add.exitCode == 69)
        #expect(add.errors.contains("policy \"registryRead\" lacks the permission registryWrite"))
        let twin = try await back.run("twin", "show", "x", policy: "registryRead")
        #expect(twin.exitCode == 69)
        #expect(
            twin.errors.contains("lacks the permission serviceConnect; use a policy that has it (iothubowner, service)")
        )
        let query = try await back.run("query", "SELECT * FROM devices", policy: "registryReadWrite")
        #expect(query.exitCode == 69)
        #expect(query.errors.contains("lacks the permission serviceConnect"))
        try await back.stop()
    }

    @Test func theHubPrintsWhatAnotherTerminalNeeds() async throws {
        let bench = try Workbench()
        let hub = try bench.start(
            "hub",
            "--mqtt-port",
            "0",
            "--amqp-port",
            "0",
            "--https-port",
            "0",
            "--log-level",
            "warning"
        )
        let output = await hub.waitForOutput(containing: "registryReadWrite\n")
        let exports = output.split(separator: "\n").filter { $0.contains("export IOTHUB_") }.joined(separator: "\n")
        let program = try ChildProgram(
            "/bin/bash",
            ["-c", "\(exports)\nexec \"$0\" device add press-1", ChildProgram.executable("twinfleet")],
            in: bench.directory.url
        )
        let outcome = await program.outcome()
        #expect(outcome.exitCode == 0, "\(outcome.errors)")
        #expect(outcome.output == "added press-1\n")
        hub.signal(15)
        #expect(await hub.outcome().exitCode == 0)
    }

    @Test func theShellCompletesCommandsAndDeviceIDs() async throws {
        let back = try await BackEndBench()
        #expect(try await back.run("device", "add", "press-1", "press-2", "other").exitCode == 0)
        // What bash does when the tab key is pressed.
        let script = """
            source <(twinfleet --generate-completion-script bash)
            complete_line() {
                COMP_LINE=$1; COMP_POINT=${#1}; read -ra COMP_WORDS <<< "$1"; COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
                COMPREPLY=(); _twinfleet twinfleet "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}"; echo "${COMPREPLY[@]}"
            }
            complete_line "twinfleet dev"
            complete_line "twinfleet twin upd"
            complete_line "twinfleet query --out"
            complete_line "twinfleet device show pre"
            """
        let outcome = try await back.shell(script)
        #expect(outcome.output == "device\nupdate\n--output\npress-1 press-2\n", "\(outcome.output)\(outcome.errors)")
        for shell in ["zsh", "fish"] {
            let generated = try await back.run("--generate-completion-script", shell)
            #expect(generated.exitCode == 0)
            #expect(generated.output.contains("---completion device show"))
        }
        try await back.stop()
    }
}
