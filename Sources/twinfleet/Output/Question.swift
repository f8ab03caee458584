import Foundation

/// A question to the person at the terminal.
enum Question {
    /// Whether there is somebody to ask: standard input and standard error are a terminal.
    static var canBeAsked: Bool { isatty(STDIN_FILENO) == 1 && isatty(STDERR_FILENO) == 1 }

    /// Asks; everything but a plain yes means no.
    static func ask(_ text: String) -> Bool {
        _ = Descriptor.rawWrite(Array("\(text) [y/N] ".utf8), to: STDERR_FILENO)
        let answer = readLine()?.trimmingCharacters(in: .whitespaces).lowercased()
        return answer == "y" || answer == "yes"
    }
}
