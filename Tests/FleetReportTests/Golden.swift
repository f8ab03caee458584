import Foundation
import Testing

/// Holds a text against the file of that name in `Golden/`; with `RECORD_GOLDEN=1` it writes the file and fails.
func expectGolden(_ text: String, _ name: String, sourceLocation: SourceLocation = #_sourceLocation) throws {
    let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("Golden/\(name)")
    if ProcessInfo.processInfo.environment["RECORD_GOLDEN"] == "1" {
        try Data(text.utf8).write(to: file)
        Issue.record("recorded \(name); look at it, then run without RECORD_GOLDEN", sourceLocation: sourceLocation)
        return
    }
    let golden = String(decoding: try Data(contentsOf: file), as: UTF8.self)
    expectSame(golden, text, "\(name) (RECORD_GOLDEN=1 records it)", sourceLocation: sourceLocation)
}

/// Holds two texts against each other; tells the first line that differs.
func expectSame(
    _ expected: String,
    _ text: String,
    _ name: String,
    sourceLocation: SourceLocation = #_sourceLocation
) {
    guard expected != text else { return }
    let lines = zip(
        expected.split(separator: "\n", omittingEmptySubsequences: false),
        text.split(separator: "\n", omittingEmptySubsequences: false)
    )
    let difference = lines.enumerated().first { $1.0 != $1.1 }
    let place = difference.map { "line \($0.offset + 1):\n- \($0.element.0)\n+ \($0.element.1)" } ?? "one is longer"
    Issue.record("\(name) differs in \(place)", sourceLocation: sourceLocation)
}
