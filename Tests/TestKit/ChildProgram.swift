public import Foundation
import NIOConcurrencyHelpers

/// A program started by a test, with all that it prints.
///
/// Waiting is by events: for a line, or for the end. A program that a test forgets is killed with its last reference, and
/// one that is waited for when the test's time is over is killed then.
public final class ChildProgram: Sendable {
    /// How a program ended.
    public struct Outcome: Sendable {
        /// The exit code; 128 plus the signal's number when a signal ended it.
        public var exitCode: Int32
        /// All of standard output.
        public var output: String
        /// All of standard error.
        public var errors: String
    }

    /// The executable of this package with this name: builds put it beside the test bundle.
    public static func executable(_ name: String) -> String {
        URL(fileURLWithPath: CommandLine.arguments.first ?? "")
            .resolvingSymlinksInPath().deletingLastPathComponent().appendingPathComponent(name).path
    }

    /// The process id.
    public let processIdentifier: Int32
    private let transcript: Transcript
    private let input: FileHandle

    /// Starts a program.
    /// - Parameters:
    ///   - path: the executable.
    ///   - arguments: its arguments.
    ///   - directory: its working directory; nil for ours.
    ///   - environment: what to add to our environment.
    ///   - openFileLimit: its hard limit of open files; nil for ours.
    /// - Throws: when the program cannot be started.
    public init(
        _ path: String,
        _ arguments: [String],
        in directory: URL? = nil,
        environment: [String: String] = [:],
        openFileLimit: Int? = nil
    ) throws {
        let process = Process()
        if let openFileLimit {
            process.executableURL = URL(fileURLWithPath: "/bin/sh")
            process.arguments = ["-c", "ulimit -n \(openFileLimit) && exec \"$0\" \"$@\"", path] + arguments
        } else {
            process.executableURL = URL(fileURLWithPath: path)
            process.arguments = arguments
        }
        if let directory { process.currentDirectoryURL = directory }
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { _, added in added }
        let transcript = Transcript()
        let output = Pipe()
        let errors = Pipe()
        let inputPipe = Pipe()
        process.standardInput = inputPipe
        process.standardOutput = output
        process.standardError = errors
        process.terminationHandler = { process in
            let status = process.terminationStatus
            transcript.update { $0.exitCode = process.terminationReason == .exit ? status : 128 + status }
        }
        try process.run()
        processIdentifier = process.processIdentifier
        input = inputPipe.fileHandleForWriting
        self.transcript = transcript
        // Our copies of the child's ends, or its end would never show.
        try inputPipe.fileHandleForReading.close()
        try output.fileHandleForWriting.close()
        try errors.fileHandleForWriting.close()
        transcript.collect(output.fileHandleForReading) { $0.output.append(contentsOf: $1) }
        transcript.collect(errors.fileHandleForReading) { $0.errors.append(contentsOf: $1) }
    }

    deinit {
        if transcript.exitCode == nil { kill(processIdentifier, SIGKILL) }
    }

    /// Sends a signal.
    public func signal(_ number: Int32) { kill(processIdentifier, number) }

    /// Closes the program's standard input.
    public func closeInput() throws { try input.close() }

    /// Waits until standard output holds a text, or the program has ended.
    /// - Returns: standard output up to then.
    @discardableResult
    public func waitForOutput(containing text: String) async -> String {
        await wait { $0.outputText.contains(text) }
        return transcript.outputText
    }

    /// Waits until standard error holds a text, or the program has ended.
    public func waitForErrors(containing text: String) async {
        await wait { $0.errorText.contains(text) }
    }

    /// Waits for the program's end.
    public func outcome() async -> Outcome {
        await wait { _ in false }
        return transcript.outcome
    }

    private func wait(until isSatisfied: @escaping @Sendable (Transcript.State) -> Bool) async {
        await withTaskCancellationHandler {
            await transcript.wait(until: isSatisfied)
        } onCancel: {
            if transcript.exitCode == nil { kill(processIdentifier, SIGKILL) }
            // A child of its own can hold its streams open.
            transcript.update { $0.isAbandoned = true }
        }
    }
}

/// What a program has printed, and who waits for more of it.
private final class Transcript: Sendable {
    struct State {
        var output: [UInt8] = []
        var errors: [UInt8] = []
        var openStreams = 2
        var exitCode: Int32?
        /// Whether the test's time is over.
        var isAbandoned = false
        var waiters: [Waiter] = []

        var outputText: String { String(decoding: output, as: UTF8.self) }
        var errorText: String { String(decoding: errors, as: UTF8.self) }
        var hasEnded: Bool { isAbandoned || (exitCode != nil && openStreams == 0) }
    }

    struct Waiter {
        var isSatisfied: @Sendable (State) -> Bool
        var continuation: CheckedContinuation<Void, Never>
    }

    private let state = NIOLockedValueBox(State())

    var exitCode: Int32? { state.withLockedValue { $0.exitCode } }
    var outputText: String { state.withLockedValue { $0.outputText } }
    var outcome: ChildProgram.Outcome {
        state.withLockedValue {
            ChildProgram.Outcome(
                exitCode: $0.exitCode ?? -1,
                output: $0.outputText,
                errors: $0.errorText
            )
        }
    }

    /// Changes the state and wakes those whose wait is over.
    func update(_ change: (inout State) -> Void) {
        let woken = state.withLockedValue { state in
            change(&state)
            var woken: [CheckedContinuation<Void, Never>] = []
            var waiting: [Waiter] = []
            for waiter in state.waiters {
                if state.hasEnded || waiter.isSatisfied(state) {
                    woken.append(waiter.continuation)
                } else {
                    waiting.append(waiter)
                }
            }
            state.waiters = waiting
            return woken
        }
        for continuation in woken { continuation.resume() }
    }

    func wait(until isSatisfied: @escaping @Sendable (State) -> Bool) async {
        await withCheckedContinuation { continuation in
            update { $0.waiters.append(Waiter(isSatisfied: isSatisfied, continuation: continuation)) }
        }
    }

    /// Reads a stream to its end on a thread of its own: the reads block.
    func collect(_ handle: FileHandle, _ append: @escaping @Sendable (inout State, ArraySlice<UInt8>) -> Void) {
        Thread.detachNewThread {
            var buffer = [UInt8](repeating: 0, count: 65_536)
            while true {
                let count = read(handle.fileDescriptor, &buffer, buffer.count)
                if count < 0 && errno == EINTR { continue }
                if count <= 0 { break }
                self.update { append(&$0, buffer[..<count]) }
            }
            self.update { $0.openStreams -= 1 }
        }
    }
}
