import Foundation
import IoTHub
import TestKit
import Testing

@Suite("twinfleet hub", .timeLimit(.minutes(5)))
struct HubProgramTests {
    @Test("prints ports, connection strings and the CA's place; stops on Ctrl-C and leaves no file behind")
    func text() async throws {
        let bench = try Workbench()
        let hub = try bench.start("hub", "--mqtt-port", "0", "--amqp-port", "0", "--https-port", "0")
        let output = await hub.waitForOutput(containing: "registryReadWrite\n")
        #expect(output.contains("MQTT over TLS   127.0.0.1:"))
        #expect(output.contains("AMQP over TLS   127.0.0.1:"))
        #expect(output.contains("HostName=localhost:"))
        let trust = try #require(output.split(separator: "\n").first { $0.contains("  trust ") })
        let file = try #require(trust.split(separator: " ").last.map(String.init))
        #expect(try String(contentsOfFile: file, encoding: .utf8).contains("BEGIN CERTIFICATE"))
        hub.signal(SIGINT)
        let outcome = await hub.outcome()
        #expect(outcome.exitCode == 0)
        #expect(!FileManager.default.fileExists(atPath: file))
    }

    @Test("that a parent keeps by its standard input stops on SIGTERM, too, and on Ctrl-C only with the parent")
    func terminated() async throws {
        let bench = try Workbench()
        let (hub, ready) = try await bench.startHub()
        hub.signal(SIGINT)
        hub.signal(SIGTERM)
        #expect(await hub.outcome().exitCode == 0)
        let file = try #require(ready["ca"]?.stringValue)
        #expect(!FileManager.default.fileExists(atPath: file))
        // Until here the hub's standard input was open.
        try hub.closeInput()
    }

    @Test("never logs a key or a token, even at the finest level and with a fleet at work")
    func redaction() async throws {
        let bench = try Workbench()
        let (hub, ready) = try await bench.startHub("--log-level", "trace")
        let text = try #require(ready["connectionString"]?.stringValue)
        guard case .policy(_, let key) = try ConnectionString(parsing: text).credential else {
            Issue.record("expected a policy's connection string")
            return
        }
        let run = try await bench.run(
            fleet: Workbench.smallFleet.replacing("hub: local", with: Workbench.hubLine(ready)),
            environment: ["HUB": text]
        )
        #expect(run.exitCode == 0, "\(run.output)\n\(run.errors)")
        try hub.closeInput()
        let outcome = await hub.outcome()
        #expect(outcome.exitCode == 0)
        #expect(outcome.errors.contains("press-03"))
        for secret in [key, "SharedAccessKey=", "SharedAccessSignature", "sig="] {
            #expect(!outcome.errors.contains(secret), "\(secret)")
        }
    }

    @Test("keeps its certificate authority and keys in a data folder")
    func data() async throws {
        let bench = try Workbench()
        func start() async throws -> (connectionString: String?, authority: String) {
            let (hub, ready) = try await bench.startHub("--data", "data")
            let file = try #require(ready["ca"]?.stringValue)
            let authority = try String(contentsOfFile: file, encoding: .utf8)
            try hub.closeInput()
            #expect(await hub.outcome().exitCode == 0)
            let string = try ConnectionString(parsing: try #require(ready["connectionString"]?.stringValue))
            guard case .policy(let name, let key) = string.credential else { return (nil, authority) }
            return (name + key, authority)
        }
        let first = try await start()
        let second = try await start()
        #expect(first == second)
        for file in bench.directory.files where file.hasSuffix("key.pem") || file.hasSuffix(".json") {
            let path = bench.directory.url.appendingPathComponent(file).path
            let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
            #expect(mode == 0o600, "\(file)")
        }
    }

    @Test("a port in use is named, with what to do")
    func portInUse() async throws {
        let bench = try Workbench()
        let (first, ready) = try await bench.startHub()
        let port = try #require(ready["mqttPort"]?.integerValue)
        let second = try await bench.start("hub", "--mqtt-port", "\(port)", "--amqp-port", "0", "--https-port", "0")
            .outcome()
        #expect(second.exitCode == 69)
        #expect(second.errors.contains("\(port)"))
        #expect(second.errors.contains("--mqtt-port"))
        try first.closeInput()
        #expect(await first.outcome().exitCode == 0)
    }

    @Test("has the policies that it is given, tells their connection strings, and keeps their keys")
    func policies() async throws {
        let bench = try Workbench()
        func start(_ permissions: String) async throws -> String {
            let (hub, ready) = try await bench.startHub("--data", "data", "--policy", "backend=\(permissions)")
            try hub.closeInput()
            #expect(await hub.outcome().exitCode == 0)
            let string = ready["connectionStrings"]?["backend"]?.stringValue
            guard case .policy("backend", let key) = try ConnectionString(parsing: string ?? "").credential else {
                return ""
            }
            return key
        }
        let key = try await start("registryRead")
        #expect(!key.isEmpty)
        #expect(try await start("registryRead,serviceConnect") == key)
    }

    @Test(
        "a policy or a query mode that is none is a usage error that says what was meant",
        arguments: [
            (["--policy", "x=registyRead"], "did you mean registryRead?"), (["--policy", "x"], "NAME=PERMISSION"),
            (["--policy", "service=registryRead"], "one of the hub's own"), (["--query-mode", "loose"], "superset"),
        ]
    )
    func badPolicy(_ options: [String], _ words: String) async throws {
        let outcome = try await Workbench()
            .start("hub", "--mqtt-port", "0", "--amqp-port", "0", "--https-port", "0", options[0], options[1]).outcome()
        #expect(outcome.exitCode == 64)
        #expect(outcome.errors.contains(words), "\(outcome.errors)")
    }

    @Test("a port that is none is a usage error")
    func usage() async throws {
        let outcome = try await Workbench().start("hub", "--mqtt-port", "70000").outcome()
        #expect(outcome.exitCode == 64)
        #expect(outcome.errors.contains("--mqtt-port 70000 is no port"))
    }
}
