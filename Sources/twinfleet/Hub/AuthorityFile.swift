import Foundation
import LocalHub

/// A certificate authority as the command line names it: `NAME=FILE`, or `FILE` that is named as it is.
enum AuthorityFile {
    /// Reads the file.
    /// - Throws: `CommandError` for one that cannot be read.
    static func read(_ text: String) throws(CommandError) -> DeviceAuthority {
        let (name, file) = parts(of: text)
        return try read(file, named: name)
    }

    /// Reads the file of an authority with a name of its own.
    /// - Throws: `CommandError` for one that cannot be read.
    static func read(_ file: String, named name: String) throws(CommandError) -> DeviceAuthority {
        DeviceAuthority(name: name, pem: try FileText.read(file))
    }

    /// Name and file; a path before the equals sign is none of a name.
    static func parts(of text: String) -> (name: String, file: String) {
        if let equals = text.firstIndex(of: "="), !text[..<equals].contains("/") {
            return (String(text[..<equals]), String(text[text.index(after: equals)...]))
        }
        let base = URL(fileURLWithPath: text).deletingPathExtension().lastPathComponent
        let name = base.map { $0.isASCII && ($0.isLetter || $0.isNumber || "-._".contains($0)) ? $0 : "-" }
        return (String(name.prefix(64)), text)
    }
}
