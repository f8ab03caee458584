/// Texts for pasting into a shell.
enum ShellText {
    /// The text in single quotes, so that the shell takes it as it is.
    static func quoted(_ text: String) -> String { "'\(text.replacing("'", with: "'\\''"))'" }
}
