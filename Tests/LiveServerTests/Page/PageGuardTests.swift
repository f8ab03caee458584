import Testing

@testable import LiveServer

@Suite("Who gets in to the page")
struct PageGuardTests {
    let token = PageToken()
    var guardian: PageGuard { PageGuard(token: token) }

    private func request(
        _ path: String,
        method: String = "GET",
        query: [String: String] = [:],
        _ headers: LiveRequest.Headers = [:]
    ) -> LiveRequest {
        LiveRequest(method: method, path: path, query: query, headers: headers, port: 9000)
    }

    /// The status and the words of a refusal; nil when the request may pass.
    private func refusal(of request: LiveRequest) -> (status: Int, words: String)? {
        guard case .whole(let status, _, _, let body) = guardian.refusal(of: request) else { return nil }
        return (status, String(decoding: body, as: UTF8.self))
    }

    private func cookie(port: Int) -> String { String(token.setCookie(port: port).prefix { $0 != ";" }) }

    @Test("tokens have 128 bits and differ")
    func tokens() {
        #expect(token.text.utf8.count == 22)
        #expect(token.text != PageToken().text)
        #expect(token.matches(token.text))
        #expect(!token.matches(nil))
        #expect(!token.matches(""))
        #expect(!token.matches(String(token.text.dropLast())))
        #expect(!token.matches("\(token.text)x"))
    }

    @Test("data needs the token in its header, and takes it from nowhere else")
    func data() {
        #expect(refusal(of: request("/api/overview", ["X-Twinfleet-Token": token.text])) == nil)
        #expect(refusal(of: request("/api/overview", ["X-Twinfleet-Token": "wrong"]))?.status == 403)
        #expect(refusal(of: request("/api/overview", query: ["token": token.text]))?.status == 403)
        #expect(refusal(of: request("/api/overview", ["Cookie": cookie(port: 9000)]))?.status == 403)
        let words = refusal(of: request("/api/overview"))?.words
        #expect(words?.contains("http://127.0.0.1:9000/?token=…") == true)
    }

    @Test("files need the token in the address, or the cookie of this port that came with it")
    func files() {
        #expect(refusal(of: request("/", query: ["token": token.text])) == nil)
        #expect(refusal(of: request("/"))?.status == 403)
        #expect(refusal(of: request("/", query: ["token": "wrong"]))?.status == 403)
        #expect(refusal(of: request("/page.js", ["Cookie": "a=b; \(cookie(port: 9000)); c=d"])) == nil)
        #expect(refusal(of: request("/page.js", ["Cookie": cookie(port: 9001)]))?.status == 403)
        #expect(refusal(of: request("/page.js", ["Cookie": "twinfleet-page-9000=\(token.text)"]))?.status == 403)
        let other = "twinfleet-page-9000=\(PageToken().cookieValue)"
        #expect(refusal(of: request("/page.js", ["Cookie": other]))?.status == 403)
    }

    @Test("the cookie is the browser's alone, goes to no other site, and does not give the token away")
    func cookies() {
        let field = token.setCookie(port: 9000)
        #expect(field.hasPrefix("twinfleet-page-9000="))
        #expect(field.hasSuffix("; Path=/; HttpOnly; SameSite=Strict"))
        #expect(!field.contains(token.text))
    }

    @Test(
        "a page from elsewhere is refused, also with the token",
        arguments: [
            ("Origin", "http://evil.example"), ("Origin", "null"), ("Origin", "http://127.0.0.1:9001"),
            ("Origin", "https://127.0.0.1:9000"), ("Sec-Fetch-Site", "cross-site"), ("Sec-Fetch-Site", "same-site"),
        ]
    )
    func elsewhere(name: String, value: String) {
        let headers = LiveRequest.Headers([("X-Twinfleet-Token", token.text), (name, value)])
        #expect(refusal(of: request("/api/overview", headers))?.status == 403)
    }

    @Test(
        "the page itself and the address bar are not",
        arguments: [
            ("Origin", "http://127.0.0.1:9000"), ("Origin", "http://localhost:9000"), ("Sec-Fetch-Site", "same-origin"),
            ("Sec-Fetch-Site", "none"),
        ]
    )
    func itself(name: String, value: String) {
        let headers = LiveRequest.Headers([("X-Twinfleet-Token", token.text), (name, value)])
        #expect(refusal(of: request("/api/overview", headers)) == nil)
    }

    @Test("a write needs JSON, and only data can be written")
    func writes() {
        func patch(_ path: String, _ type: String?) -> Int? {
            let fields = [("X-Twinfleet-Token", token.text)] + (type.map { [("Content-Type", $0)] } ?? [])
            let headers = LiveRequest.Headers(fields)
            return refusal(of: request(path, method: "PATCH", query: ["token": token.text], headers))?.status
        }
        #expect(patch("/api/twin", "application/json") == nil)
        #expect(patch("/api/twin", "Application/JSON; charset=utf-8") == nil)
        for type in ["text/plain", "application/x-www-form-urlencoded", "application/jsonx", nil] {
            #expect(patch("/api/twin", type) == 415)
        }
        #expect(patch("/", "application/json") == 405)
        let post = request("/api/twin", method: "POST", ["X-Twinfleet-Token": token.text])
        #expect(refusal(of: post)?.status == 405)
    }
}
