import Fleet
import FleetReport
import FleetRunner
import Foundation

/// A local hub in a child process: its own file limit, its CPU and memory apart from ours, gone when we are gone.
final class HubProcess {
    /// Why the child did not become ready.
    struct StartError: Error, CustomStringConvertible {
        var description: String
    }

    /// What the child said when it was ready.
    let ready: HubReadyLine
    private let process: Process
    /// Held open for as long as the child shall live; it stops when this end is closed, also by our death.
    private let lifeline: FileHandle

    private init(process: Process, lifeline: FileHandle, ready: HubReadyLine) {
        self.process = process
        self.lifeline = lifeline
        self.ready = ready
    }

    /// The child's process id.
    var processIdentifier: Int32 { process.processIdentifier }

    /// Where devices and back end find the hub.
    var endpoint: HubEndpoint {
        HubEndpoint(
            access: .connectionString(ready.connectionString),
            trustedCAFile: ready.certificateAuthorityFile,
            mqttPort: ready.mqttPort,
            amqpPort: ready.amqpPort,
            webSocketPort: ready.httpsPort,
            // It is on this machine, where no proxy leads.
            proxy: .direct,
            isOnThisMachine: true
        )
    }

    /// Starts this same program as `twinfleet hub` on free loopback ports and waits until it is ready.
    /// - Parameter authorities: files of certificate authorities that sign devices' certificates.
    /// - Returns: the child, which is to be stopped.
    /// - Throws: `StartError` when the child ends before that; it has said why on standard error.
    static func start(authorities: [String] = []) throws -> HubProcess {
        let process = Process()
        process.executableURL = URL(
            fileURLWithPath: try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        )
        process.arguments =
            [
                "hub", "--mqtt-port", "0", "--amqp-port", "0", "--https-port", "0", "--json", "--until-stdin-closes",
                "--log-level", "warning",
            ] + authorities.flatMap { ["--ca", $0] }
        let input = Pipe()
        let output = Pipe()
        process.standardInput = input
        process.standardOutput = output
        do {
            try process.run()
        } catch {
            throw StartError(description: "the local hub could not be started: \(error.localizedDescription)")
        }
        // Our copies of the child's ends must go, or its death would never show as an end of file.
        try? input.fileHandleForReading.close()
        try? output.fileHandleForWriting.close()
        guard let line = firstLine(of: output.fileHandleForReading), let ready = HubReadyLine(parsing: line) else {
            process.terminate()
            try? input.fileHandleForWriting.close()
            process.waitUntilExit()
            throw StartError(
                description: "the local hub ended before it was ready (exit code \(process.terminationStatus))"
            )
        }
        return HubProcess(process: process, lifeline: input.fileHandleForWriting, ready: ready)
    }

    /// Lets the child go and waits for its end.
    /// - Returns: what it had used until then; nil when it was gone already.
    func stop() -> LocalHubUsage? {
        let usage = LocalHubUsage(ofProcess: processIdentifier)
        try? lifeline.close()
        process.waitUntilExit()
        return usage
    }

    private static func firstLine(of handle: FileHandle) -> String? {
        var bytes: [UInt8] = []
        while let chunk = try? handle.read(upToCount: 1), let byte = chunk.first {
            if byte == UInt8(ascii: "\n") { return String(decoding: bytes, as: UTF8.self) }
            bytes.append(byte)
        }
        return nil
    }
}
