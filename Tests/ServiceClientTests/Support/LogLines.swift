import Logging

/// What is logged, line by line.
struct LogLines {
    private let lines: AsyncStream<String>

    /// A logger, and what comes out of it.
    static func make() -> (LogLines, Logger) {
        let (lines, line) = AsyncStream<String>.makeStream()
        var logger = Logger(label: "test") { _ in Handler(line: line) }
        logger.logLevel = .trace
        return (LogLines(lines: lines), logger)
    }

    func next() async -> String? {
        var iterator = lines.makeAsyncIterator()
        return await iterator.next()
    }

    private struct Handler: LogHandler {
        let line: AsyncStream<String>.Continuation
        var metadata: Logger.Metadata = [:]
        var logLevel = Logger.Level.trace

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) { line.yield("\(event.message)") }
    }
}
