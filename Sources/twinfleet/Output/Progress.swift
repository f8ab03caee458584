import Foundation
import NIOConcurrencyHelpers

/// One line on standard error that says what a command waits for, shown only after a second and only on a terminal.
final class Progress: Sendable {
    private struct State {
        var text: String
        var isShown = false
        var isOver = false
        var ticking: Task<Void, any Error>?
    }

    private let state: NIOLockedValueBox<State>

    /// Begins to count the second.
    init(_ text: String) {
        state = NIOLockedValueBox(State(text: text))
        let ticking = Task { [weak self] in
            try await Task.sleep(for: .seconds(1))
            while true {
                self?.show()
                try await Task.sleep(for: .milliseconds(250))
            }
        }
        state.withLockedValue { $0.ticking = ticking }
    }

    deinit { stop() }

    /// A progress line where it can be seen and is wanted.
    static func start(_ text: String, quiet: Bool) -> Progress? {
        let environment = ProcessInfo.processInfo.environment
        return quiet || isatty(STDERR_FILENO) == 0 || environment["TERM"] == "dumb" ? nil : Progress(text)
    }

    /// Changes the text.
    func update(_ text: String) { state.withLockedValue { $0.text = text } }

    /// Takes the line away; it comes back with the next tick.
    func hide() {
        state.withLockedValue { state in
            if state.isShown { Self.draw("") }
            state.isShown = false
        }
    }

    /// Takes the line away for good.
    func stop() {
        state.withLockedValue { state in
            if state.isShown { Self.draw("") }
            state.isShown = false
            state.isOver = true
            state.ticking?.cancel()
        }
    }

    private func show() {
        state.withLockedValue { state in
            guard !state.isOver else { return }
            Self.draw(state.text)
            state.isShown = true
        }
    }

    private static func draw(_ text: String) {
        _ = Descriptor.rawWrite(Array("\r\u{1B}[K\(text)".utf8), to: STDERR_FILENO)
    }
}
