import CLinux
import Foundation

/// Runs another program to its end, within a time.
enum ExternalProgram {
    /// What a program has left.
    struct Outcome {
        /// The exit code; 128 plus the signal's number when a signal ended it.
        var exitCode: Int32
        /// All of standard output.
        var output: [UInt8]
        /// All of standard error.
        var errors: [UInt8]
    }

    /// Why there is no outcome.
    struct Failure: Error, CustomStringConvertible {
        var description: String
    }

    /// Most bytes taken of each stream.
    private static let largestOutput = 1 << 20

    /// Finds an executable in a search path.
    static func find(_ name: String, path: String?) -> String? {
        (path ?? "").split(separator: ":").map { "\($0)/\(name)" }.first { access($0, X_OK) == 0 }
    }

    /// Runs a program without input and waits for its end.
    ///
    /// - Throws: ``Failure`` when it cannot be started, or has not ended in time and was killed; `CancellationError`.
    static func run(
        _ path: String,
        _ arguments: [String],
        environment: [String: String],
        timeout: Duration
    ) async throws -> Outcome {
        // Memory in place of pipes: nothing has to be read while the program runs, and a child of it that outlives it
        // holds nobody up.
        let output = try Memory()
        let errors = try Memory()
        let process = Process()
        process.executableURL = URL(fileURLWithPath: path)
        process.arguments = arguments
        process.environment = environment
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = output.handle
        process.standardError = errors.handle
        let (ends, end) = AsyncStream<Int32>.makeStream()
        process.terminationHandler = { process in
            let status = process.terminationStatus
            end.yield(process.terminationReason == .exit ? status : 128 + status)
            end.finish()
        }
        do {
            try process.run()
        } catch {
            throw Failure(description: "cannot start \(path): \(error.localizedDescription)")
        }
        let exitCode = await withTaskGroup(of: Int32?.self) { group in
            group.addTask {
                for await code in ends { return code }
                return nil
            }
            group.addTask {
                try? await Task.sleep(for: timeout)
                return nil
            }
            defer { group.cancelAll() }
            return await group.next() ?? nil
        }
        guard let exitCode else {
            kill(process.processIdentifier)
            try Task.checkCancellation()
            throw Failure(description: "\(path) has not ended within \(timeout), and was killed")
        }
        return Outcome(exitCode: exitCode, output: try output.bytes(), errors: try errors.bytes())
    }

    /// Ends a program, and its children if it leads a group of its own.
    private static func kill(_ process: pid_t) {
        let isLeader = getpgid(process) == process
        _ = Glibc.kill(isLeader ? -process : process, SIGKILL)
    }

    /// A file that is in memory only.
    private struct Memory {
        let handle: FileHandle

        init() throws {
            let descriptor = twinfleet_memory_file("output")
            guard descriptor >= 0 else {
                throw Failure(description: "no memory for a program's output: \(String(cString: strerror(errno)))")
            }
            handle = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
        }

        /// What was written, from the start.
        func bytes() throws -> [UInt8] {
            try handle.seek(toOffset: 0)
            return Array(try handle.read(upToCount: largestOutput) ?? Data())
        }
    }
}
