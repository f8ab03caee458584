import Foundation
import IoTHub
import TestKit
import Testing

/// A hub, and the shell of somebody who works with it by hand.
struct BackEndBench {
    let bench: Workbench
    private let hub: ChildProgram
    private let ready: JSON

    init() async throws {
        bench = try Workbench()
        (hub, ready) = try await bench.startHub("--log-level", "warning")
    }

    /// The environment that names the hub.
    func environment(policy: String = "iothubowner") throws -> [String: String] {
        [
            "IOTHUB_CONNECTION_STRING": try #require(ready["connectionStrings"]?[policy]?.stringValue),
            "IOTHUB_CA_FILE": try #require(ready["ca"]?.stringValue), "LC_ALL": "C.UTF-8",
        ]
    }

    /// Runs `twinfleet` to its end; nothing stands on its standard input.
    func run(
        _ arguments: String...,
        policy: String = "iothubowner",
        changes: [String: String] = [:]
    ) async throws -> ChildProgram.Outcome {
        let program = try ChildProgram(
            ChildProgram.executable("twinfleet"),
            arguments,
            in: bench.directory.url,
            environment: environment(policy: policy).merging(changes) { $1 }
        )
        try program.closeInput()
        return await program.outcome()
    }

    /// Runs `twinfleet`, which must succeed, and reads what it prints as JSON.
    func json(_ arguments: String...) async throws -> JSON {
        let program = try ChildProgram(
            ChildProgram.executable("twinfleet"),
            arguments,
            in: bench.directory.url,
            environment: environment()
        )
        let outcome = await program.outcome()
        #expect(outcome.exitCode == 0, "\(arguments): \(outcome.errors)")
        return try JSON(parsing: outcome.output)
    }

    /// Runs a shell's command line in which `twinfleet` is the program under test.
    func shell(_ command: String, changes: [String: String] = [:]) async throws -> ChildProgram.Outcome {
        let folder = URL(fileURLWithPath: ChildProgram.executable("twinfleet")).deletingLastPathComponent().path
        let path = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"
        let program = try ChildProgram(
            "/bin/bash",
            ["-c", command],
            in: bench.directory.url,
            environment: environment().merging(["PATH": "\(folder):\(path)"]) { $1 }.merging(changes) { $1 }
        )
        try program.closeInput()
        return await program.outcome()
    }

    /// Runs a shell's command line on a terminal, by `script` (util-linux): what it prints there, standard error too.
    /// - Parameters:
    ///   - command: without double quotes.
    ///   - rows: the terminal's height.
    ///   - typed: what is typed on its keyboard.
    ///   - exitCode: how the command must end.
    /// - Returns: what stands on the terminal.
    /// - Throws: when `script` cannot be started.
    func terminal(
        _ command: String,
        rows: Int = 24,
        typed: String = "",
        exitCode: Int32 = 0
    ) async throws -> String {
        let outcome = try await shell(
            "printf '\(typed)' | script -qec \"stty rows \(rows) cols 80; \(command)\" /dev/null",
            changes: ["PAGER": "sed s/^/PAGED:/", "TERM": "xterm", "NO_COLOR": "1"]
        )
        #expect(outcome.exitCode == exitCode, "\(outcome.output)\(outcome.errors)")
        return outcome.output
    }

    /// Stops the hub.
    func stop() async throws {
        try hub.closeInput()
        #expect(await hub.outcome().exitCode == 0)
    }
}
