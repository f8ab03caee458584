import Foundation

/// Texts that the command line names by file.
enum FileText {
    /// Most bytes taken from a file or from standard input: far more than any document of a hub.
    static let largest = 4 << 20

    /// Reads a whole file.
    /// - Throws: `CommandError` with the file's name, unless it may be a secret, and the reason.
    static func read(_ file: String) throws(CommandError) -> String {
        guard let stream = fopen(expanded(file), "r") else {
            let reason = String(cString: strerror(errno))
            throw CommandError(.usage, "cannot read \(shown(file)): \(reason)")
        }
        defer { fclose(stream) }
        return try read(stream, called: file)
    }

    /// Reads standard input to its end.
    /// - Throws: `CommandError` with the reason.
    static func readStandardInput() throws(CommandError) -> String {
        guard let stream = fdopen(STDIN_FILENO, "r") else {
            throw CommandError(.usage, "cannot read standard input: \(String(cString: strerror(errno)))")
        }
        return try read(stream, called: "standard input")
    }

    /// A value that is either the text itself, or `@` and the name of a file that begins with it.
    /// - Throws: `CommandError` for a file that cannot be read.
    static func valueOrFirstLine(_ value: String) throws(CommandError) -> String {
        guard value.hasPrefix("@") else { return value }
        let text = try read(String(value.dropFirst()))
        return (text.split(whereSeparator: \.isNewline).first.map(String.init) ?? "")
            .trimmingCharacters(in: .whitespaces)
    }

    /// The name with a leading `~` replaced, which the shell leaves alone behind `@` and `=`.
    static func expanded(_ file: String) -> String { NSString(string: file).expandingTildeInPath }

    /// The name for a message; not what is no file and looks like a secret that was given in place of its file.
    static func shown(_ file: String) -> String {
        guard mayBeSecret(file), access(expanded(file), F_OK) != 0 else { return file }
        return "the file (not named here, for the name looks like a key or a connection string; those go into a file)"
    }

    private static func mayBeSecret(_ name: String) -> Bool {
        let name = name.lowercased()
        if ["sharedaccess", "hostname=", "sig="].contains(where: name.contains) { return true }
        // Hubs take keys of 16 bytes and more.
        return name.count >= 16 && name.wholeMatch(of: /[a-z0-9+\/=\s]+/) != nil
    }

    private static func read(_ stream: UnsafeMutablePointer<FILE>, called name: String) throws(CommandError) -> String {
        var bytes: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = fread(&piece, 1, piece.count, stream)
            bytes += piece[..<count]
            guard bytes.count <= largest else {
                throw CommandError(.usage, "\(name) has more than \(largest >> 20) MB; that is no document of a hub")
            }
            if count == 0 { break }
        }
        if ferror(stream) != 0 {
            throw CommandError(.usage, "cannot read \(name): \(String(cString: strerror(errno)))")
        }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw CommandError(.usage, "\(name) is not text in UTF-8")
        }
        return text
    }
}
