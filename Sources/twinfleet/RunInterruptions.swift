import CLinux
import FleetRunner
import Foundation
import NIOConcurrencyHelpers
import UnixSignals

/// What Ctrl-C and SIGTERM do to a run: the first ends its workload, the second the program.
///
/// A terminal that is closed (SIGHUP) ends the workload, too, but never the program: shell and system both tell of it.
final class RunInterruptions: Sendable {
    private let control: RunControl
    private let display: RunDisplay
    private let exitCode = NIOLockedValueBox<ExitCode?>(nil)

    init(_ control: RunControl, _ display: RunDisplay) {
        self.control = control
        self.display = display
    }

    /// The run's files are there and the terminal has been given back: only those who still look at page or metrics are
    /// waited for, and an interruption ends that.
    func runIsOver(with code: ExitCode) { exitCode.withLockedValue { $0 = code } }

    /// The signals that a run takes, from now on; under `nohup` a closed terminal is none of them.
    static func signals() async -> UnixSignalsSequence {
        twinfleet_ignores(SIGHUP) != 0
            ? await UnixSignalsSequence(trapping: .sigint, .sigterm)
            : await UnixSignalsSequence(trapping: .sigint, .sigterm, .sighup)
    }

    /// Takes the user's signals until its task is cancelled.
    func listen(to signals: UnixSignalsSequence) async {
        for await signal in signals {
            if signal == .sighup {
                control.interrupt()
                continue
            }
            if let code = exitCode.withLockedValue(\.self) { _exit(code.rawValue) }
            if control.isInterrupted {
                // The local hub goes by itself when this process is gone.
                display.abandon("stopped at once; no report")
                _exit(ExitCode.interrupted.rawValue)
            }
            // Heard first and told then: the terminal may be one that nobody reads.
            control.interrupt()
            display.tell("interrupted: waiting for what is in flight; once more stops at once")
        }
    }
}
