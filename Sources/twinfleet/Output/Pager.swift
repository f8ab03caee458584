import Dispatch
import Foundation

/// The user has left the pager before the end; there is nothing more to do.
struct PagerClosed: Error {}

/// A pager such as `less`, fed through its standard input.
final class Pager {
    /// What `less` is told when the user has not said otherwise: leave when all fits, colours, wide tables uncut.
    private static let lessOptions = "FRSX"

    private let stream: UnsafeMutablePointer<FILE>
    private let interrupts: any DispatchSourceSignal

    /// Starts a pager by the shell, so that `PAGER` may have options; nil when there is no process to be had.
    ///
    /// `popen` leaves it in our process group, without which it could not read the keyboard.
    init?(_ command: String) {
        // Set by the shell: setting it here would race with other threads that read the environment.
        guard let stream = popen("export LESS=\"${LESS-\(Self.lessOptions)}\"; \(command)", "w") else { return nil }
        self.stream = stream
        // Ctrl-C belongs to the pager: less uses it to stop a search or a long wait for input.
        signal(SIGINT, SIG_IGN)
        let descriptor = fileno(stream)
        interrupts = DispatchSource.makeSignalSource(signal: SIGINT)
        interrupts.setEventHandler {
            // Once the pager has gone it is for us again, who may be waiting for a hub.
            var entry = pollfd(fd: descriptor, events: 0, revents: 0)
            if poll(&entry, 1, 0) == 1, entry.revents & Int16(POLLERR) != 0 { _exit(128 + SIGINT) }
        }
        interrupts.resume()
    }

    /// Writes to the pager.
    /// - Throws: `PagerClosed` when it has ended, `CommandError` for other faults.
    func write(_ bytes: [UInt8]) throws {
        switch Descriptor.rawWrite(bytes, to: fileno(stream)) {
        case 0: return
        case EPIPE: throw PagerClosed()
        case let fault:
            throw CommandError(.internalError, "cannot write to the pager: \(String(cString: strerror(fault)))")
        }
    }

    /// Tells the pager that this was all, and waits until the user leaves it.
    func wait() {
        interrupts.cancel()
        pclose(stream)
        signal(SIGINT, SIG_DFL)
    }

    /// The pager to use: `PAGER`, else `less` where it is installed; nil for none (`PAGER` empty or `cat`).
    static func command(environment: [String: String], isExecutable: (String) -> Bool) -> String? {
        if let chosen = environment["PAGER"] { return chosen.isEmpty || chosen == "cat" ? nil : chosen }
        let folders = (environment["PATH"] ?? "").split(separator: ":")
        return folders.contains { isExecutable("\($0)/less") } ? "less" : nil
    }
}
