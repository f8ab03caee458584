import Foundation
import IoTHub

/// Reads files, with the system's words when it cannot.
struct FileReader {
    /// The fleet file, whose folder relative paths start from.
    let fleetFile: String
    let mistakes: Mistakes

    /// A path as the fleet file means it.
    func path(of name: String) -> String {
        guard !name.hasPrefix("/"), let slash = fleetFile.lastIndex(of: "/") else { return name }
        return String(fleetFile[...slash]) + name
    }

    /// The same path without the fleet file's folder, for messages.
    func shortName(of path: String) -> String {
        guard let slash = fleetFile.lastIndex(of: "/"), path.hasPrefix(fleetFile[...slash]) else { return path }
        return String(path.dropFirst(fleetFile[...slash].count))
    }

    /// The bytes of a file that the fleet file names; nil when a mistake was told.
    func read(_ name: String, for node: YAMLNode, expected: String) -> [UInt8]? {
        do throws(SystemError) {
            return try Self.bytes(of: path(of: name))
        } catch {
            mistakes.add(Fault("\(Words.describe(node)): \(error.words)", expected: expected).at(node.position))
            return nil
        }
    }

    /// The first line of a file that the fleet file names; empty for an empty file, nil when a mistake was told.
    func firstLine(_ node: YAMLNode, _ scalars: ScalarReader, expected: String) -> String? {
        guard let name = scalars.fileName(node, expected: expected)?.text,
            let bytes = read(name, for: node, expected: expected)
        else { return nil }
        return String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isNewline).first.map(String.init) ?? ""
    }

    /// The path of a PEM file that the fleet file names; nil when a mistake was told, also for one without these things,
    /// such as "CERTIFICATE".
    func pemFile(_ node: YAMLNode, with things: [String], _ scalars: ScalarReader, expected: String) -> String? {
        guard let name = scalars.fileName(node, expected: expected)?.text,
            let bytes = read(name, for: node, expected: expected)
        else { return nil }
        let text = String(decoding: bytes, as: UTF8.self)
        let headings = text.split(whereSeparator: \.isNewline).filter { $0.hasPrefix("-----BEGIN ") }
        for thing in things where !headings.contains(where: { $0.contains(thing) }) {
            mistakes.add(
                Fault("\(Words.describe(node)), a file without a \(thing.lowercased())", expected: expected)
                    .at(node.position)
            )
            return nil
        }
        return path(of: name)
    }

    /// Why a file cannot be read; nil when it can.
    static func problem(readingFile path: String) -> SystemError? {
        guard !path.utf8.contains(0) else { return SystemError(ENOENT) }
        return access(path, R_OK) == 0 ? nil : SystemError(errno)
    }

    /// The fleet file of the same folder that a misspelt path was meant to be.
    static func neighbour(of path: String) -> String? {
        let slash = path.lastIndex(of: "/")
        let folder = slash.map { String(path[...$0]) } ?? ""
        let name = slash.map { String(path[path.index(after: $0)...]) } ?? path
        guard let names = try? FileManager.default.contentsOfDirectory(atPath: folder.isEmpty ? "." : folder) else {
            // Without the folder there is nothing to offer; the error itself is told by the caller.
            return nil
        }
        let fleets = names.filter { $0.hasSuffix(".yaml") || $0.hasSuffix(".yml") }.sorted()
        return Suggestion.nearest(to: name, among: fleets.filter { $0 != name }).map { folder + $0 }
    }

    /// A system call that failed.
    struct SystemError: Error {
        var words: String

        init(_ code: Int32) { words = String(cString: strerror(code)) }
    }

    /// The bytes of a file, one more than a fleet file may have at most.
    static func bytes(of path: String) throws(SystemError) -> [UInt8] {
        // C would read the path up to a zero and no further.
        guard !path.utf8.contains(0) else { throw SystemError(ENOENT) }
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw SystemError(errno) }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 64 * 1024)
        while bytes.count <= SourceText.maximumSize {
            let count = Foundation.read(descriptor, &buffer, buffer.count)
            if count < 0 {
                if errno == EINTR { continue }
                throw SystemError(errno)
            }
            if count == 0 { break }
            bytes += buffer[..<count]
        }
        return bytes
    }
}
