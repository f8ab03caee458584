import Logging
import NIOConcurrencyHelpers

/// Keeps what is logged, a line for each message.
struct LogRecord: LogHandler {
    private let kept = NIOLockedValueBox<[String]>([])
    var metadata: Logger.Metadata = [:]
    var logLevel = Logger.Level.trace

    /// A logger that writes here.
    var logger: Logger { Logger(label: "test") { _ in self } }

    var lines: [String] { kept.withLockedValue { $0 } }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        let details = (event.metadata ?? [:]).map { "\($0.key)=\($0.value)" }.sorted().joined(separator: " ")
        kept.withLockedValue { $0.append("\(event.level) \(event.message) \(details)") }
    }
}
