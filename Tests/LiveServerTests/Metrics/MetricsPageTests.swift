import LiveServer
import Testing

@Suite("the page of metrics")
struct MetricsPageTests {
    private let page = MetricsPage { [MetricFamily("x", "X.", .gauge([.init(1)]))] }

    private func answer(_ method: String, _ path: String) -> (status: Int, type: String, allow: String?, body: String) {
        guard
            case .whole(let status, let type, let headers, let body) = page.answer(
                LiveRequest(method: method, path: path, port: 1)
            )
        else { return (0, "", nil, "") }
        return (status, type, headers.first { $0.0 == "Allow" }?.1, String(decoding: body, as: UTF8.self))
    }

    @Test("GET and HEAD of /metrics get the text", arguments: ["GET", "HEAD"])
    func metrics(_ method: String) {
        let answer = answer(method, "/metrics")
        #expect(answer.status == 200)
        #expect(answer.type == "text/plain; version=0.0.4; charset=utf-8")
        #expect(answer.body == "# HELP x X.\n# TYPE x gauge\nx 1\n")
    }

    @Test("other methods are refused, with those that are allowed", arguments: ["POST", "PUT", "DELETE", "OPTIONS"])
    func methods(_ method: String) {
        let answer = answer(method, "/metrics")
        #expect(answer.status == 405)
        #expect(answer.allow == "GET, HEAD")
        #expect(answer.body.contains(method))
    }

    @Test("a body is refused by its head", arguments: [("Content-Length", "1"), ("Transfer-Encoding", "chunked")])
    func bodies(name: String, value: String) {
        let request = LiveRequest(method: "GET", path: "/metrics", headers: .init([(name, value)]), port: 1)
        guard case .whole(let status, _, _, _)? = page.refusal(of: request) else {
            Issue.record("it is not refused")
            return
        }
        #expect(status == 413)
        let empty = LiveRequest(method: "GET", path: "/metrics", headers: ["Content-Length": "0"], port: 1)
        let isRefused = page.refusal(of: empty) != nil
        #expect(!isRefused)
    }

    @Test("other paths lead to the right one", arguments: ["/", "/metrics/", "/Metrics", "//metrics"])
    func paths(_ path: String) {
        let answer = answer("GET", path)
        #expect(answer.status == 404)
        #expect(answer.body.contains("/metrics"))
    }
}
