import CLinux
import Foundation

/// Runs another program to its end, within a time.
///
/// It opens two files at most and says so when there are none left, as in a run of too many devices: Foundation's
/// `Process` ends the whole process then, or waits for ever.
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
        let process = try spawn(path, arguments, environment, output: output.descriptor, errors: errors.descriptor)
        let isInTime = await withTaskGroup(of: Bool.self) { group in
            group.addTask {
                await waitForEnd(of: process)
                return true
            }
            group.addTask {
                // Cancellation ends it, too.
                try? await Task.sleep(for: timeout)
                return false
            }
            let isInTime = await group.next() ?? false
            // It is not reaped yet, so its number is still its own; it leads the group of what it has started.
            if !isInTime { kill(-process, SIGKILL) }
            group.cancelAll()
            await group.waitForAll()
            return isInTime
        }
        var status: Int32 = 0
        while waitpid(process, &status, 0) == -1, errno == EINTR {}
        try Task.checkCancellation()
        guard isInTime else {
            throw Failure(description: "\(path) has not ended within \(timeout), and was killed")
        }
        let signal = status & 0x7f
        return Outcome(
            exitCode: signal == 0 ? (status >> 8) & 0xff : 128 + signal,
            output: try output.bytes(),
            errors: try errors.bytes()
        )
    }

    /// Starts a program as the leader of a group of its own, with no files but the three standard ones.
    private static func spawn(
        _ path: String,
        _ arguments: [String],
        _ environment: [String: String],
        output: Int32,
        errors: Int32
    ) throws -> pid_t {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO)
        posix_spawn_file_actions_adddup2(&actions, errors, STDERR_FILENO)
        twinfleet_spawn_closes_from(&actions, STDERR_FILENO + 1)
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var signals = sigset_t()
        sigemptyset(&signals)
        posix_spawnattr_setsigmask(&attributes, &signals)
        // What we ignore it would ignore, too.
        sigfillset(&signals)
        posix_spawnattr_setsigdefault(&attributes, &signals)
        posix_spawnattr_setflags(
            &attributes,
            Int16(POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF)
        )
        var words = ([path] + arguments).map { strdup($0) } + [nil]
        var variables = environment.map { strdup("\($0.key)=\($0.value)") } + [nil]
        defer { for text in words + variables { free(text) } }
        var process = pid_t()
        let code = posix_spawn(&process, path, &actions, &attributes, &words, &variables)
        guard code == 0 else { throw Failure(description: "cannot start \(path): \(String(cString: strerror(code)))") }
        return process
    }

    /// Waits on a thread of its own until a child has ended, and leaves it to be reaped.
    private static func waitForEnd(of process: pid_t) async {
        await withCheckedContinuation { continuation in
            Thread.detachNewThread {
                var end = siginfo_t()
                while waitid(P_PID, id_t(process), &end, WEXITED | WNOWAIT) == -1, errno == EINTR {}
                continuation.resume()
            }
        }
    }

    /// A file that is in memory only.
    private final class Memory: Sendable {
        let descriptor: Int32

        init() throws {
            descriptor = twinfleet_memory_file("output")
            guard descriptor >= 0 else {
                throw Failure(description: "no memory for a program's output: \(String(cString: strerror(errno)))")
            }
        }

        deinit { if descriptor >= 0 { close(descriptor) } }

        /// What was written, from the start.
        func bytes() throws -> [UInt8] {
            let handle = FileHandle(fileDescriptor: descriptor, closeOnDealloc: false)
            try handle.seek(toOffset: 0)
            return Array(try handle.read(upToCount: ExternalProgram.largestOutput) ?? Data())
        }
    }
}
