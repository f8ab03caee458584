import Dispatch
import Foundation

/// Does something before Ctrl-Z stops the program or Ctrl-\ ends it, such as giving the terminal back.
final class StopSignals {
    private let sources: [any DispatchSourceSignal]

    init(first prepare: @escaping @Sendable () -> Void) {
        let queue = DispatchQueue(label: "twinfleet.stop-signals")
        sources = [SIGTSTP, SIGQUIT].map { number in
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: queue)
            source.setEventHandler {
                prepare()
                if number == SIGTSTP {
                    // The same for the shell, and it cannot be lost: threads of ours may have the other one blocked.
                    kill(getpid(), SIGSTOP)
                } else {
                    signal(number, SIG_DFL)
                    kill(getpid(), number)
                }
            }
            source.activate()
            return source
        }
    }

    deinit {
        for source in sources { source.cancel() }
        for number in [SIGTSTP, SIGQUIT] { signal(number, SIG_DFL) }
    }
}
