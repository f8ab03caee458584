/// What a ``LiveServer`` for metrics answers: `GET /metrics`, and nothing else.
///
/// There is no token, since scrapers have none; the server lets nobody in from elsewhere.
public struct MetricsPage: Sendable {
    /// Where the metrics are.
    public static let path = "/metrics"

    private let families: @Sendable () -> [MetricFamily]

    /// Makes a page.
    /// - Parameter families: the metrics as they are now; called for each request.
    public init(_ families: @escaping @Sendable () -> [MetricFamily]) { self.families = families }

    /// Why a request is refused, by its head alone; nil when it is not.
    public func refusal(of request: LiveRequest) -> LiveAnswer? {
        guard request.path == Self.path else {
            return .text(status: 404, "the metrics are at \(Self.path); found '\(request.path.prefix(200))'")
        }
        guard ["GET", "HEAD"].contains(request.method) else {
            let text = "expected GET or HEAD, found \(request.method.prefix(20))"
            return .text(status: 405, text, headers: [("Allow", "GET, HEAD")])
        }
        guard !request.announcesBody else { return .text(status: 413, "expected no body, found one") }
        return nil
    }

    /// The answer to a request.
    public func answer(_ request: LiveRequest) -> LiveAnswer {
        if let refusal = refusal(of: request) { return refusal }
        let body = Array(PrometheusText.render(families()).utf8)
        return .whole(status: 200, contentType: PrometheusText.contentType, headers: [], body: body)
    }
}
