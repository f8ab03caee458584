import FleetRunner
import Foundation
import FoundationXML

/// What a reader of junit.xml finds in it.
final class JUnitFile: NSObject, XMLParserDelegate {
    private(set) var sums: [String: String] = [:]
    private(set) var cases = 0
    private(set) var failures = 0
    private(set) var errors = 0
    private(set) var messages: [String] = []

    init(_ text: String) throws {
        super.init()
        let parser = XMLParser(data: Data(text.utf8))
        parser.delegate = self
        guard parser.parse() else { throw parser.parserError ?? CocoaError(.fileReadCorruptFile) }
    }

    func parser(
        _ parser: XMLParser,
        didStartElement name: String,
        namespaceURI: String?,
        qualifiedName: String?,
        attributes: [String: String]
    ) {
        switch name {
        case "testsuites": sums = attributes
        case "testcase": cases += 1
        case "failure": failures += 1
        case "error": errors += 1
        default: break
        }
        if let message = attributes["message"] { messages.append(message) }
    }

    override var description: String { "\(cases) cases, \(failures) failures, \(errors) errors: \(messages)" }
}

/// A run as it can end.
struct Story: Sendable, CustomStringConvertible {
    var description: String
    var result: RunResult

    static var all: [Story] {
        var failed = SampleResult.passed
        failed.verdict = .fail
        failed.thresholds[0].passed = false
        failed.reasons = ["delivery: p99 < 500ms failed: 3.21 ms"]
        var interrupted = SampleResult.passed
        interrupted.wasInterrupted = true
        var failedAndInterrupted = failed
        failedAndInterrupted.wasInterrupted = true
        var invalid = SampleResult.passed
        invalid.verdict = .invalid
        invalid.reasons = ["the asked load was not delivered"]
        return [
            Story(description: "passed", result: SampleResult.passed),
            Story(description: "failed", result: failed),
            Story(description: "invalid", result: invalid),
            Story(description: "interrupted", result: interrupted),
            Story(description: "failed and interrupted", result: failedAndInterrupted),
            Story(description: "all went wrong", result: SampleResult.failed),
        ]
    }
}
