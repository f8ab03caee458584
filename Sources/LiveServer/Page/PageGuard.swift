/// Decides who gets in, before anything is done for a request.
struct PageGuard: Sendable {
    let token: PageToken

    /// Why a request is refused; nil when it is not.
    ///
    /// The Host has been checked by ``LiveServer``.
    func refusal(of request: LiveRequest) -> LiveAnswer? {
        if let refusal = refusalByOrigin(request) { return .text(status: 403, refusal) }
        let isForData = request.path.hasPrefix("/api/")
        guard isForData ? isTrustedWithData(request) : isTrustedWithFiles(request) else {
            return .text(
                status: 403,
                "This page needs the token that twinfleet printed: open the whole URL, http://127.0.0.1:\(request.port)/?token=…, "
                    + "as it stands in the terminal. Each start has a new token."
            )
        }
        switch request.method {
        case "GET": return nil
        case "PATCH" where isForData: return refusalByContentType(request)
        default:
            return .text(
                status: 405,
                "\(request.method.prefix(20)) is not allowed here",
                headers: [("Allow", isForData ? "GET, PATCH" : "GET")]
            )
        }
    }

    private func isTrustedWithData(_ request: LiveRequest) -> Bool {
        token.matches(request.headers[PageToken.header])
    }

    private func isTrustedWithFiles(_ request: LiveRequest) -> Bool {
        token.matches(request.query["token"]) || token.matches(cookies: request.headers["Cookie"], port: request.port)
    }

    /// Source: W3C, "Fetch Metadata Request Headers"; another port of this machine counts as the same site there.
    private func refusalByOrigin(_ request: LiveRequest) -> String? {
        if let origin = request.headers["Origin"] {
            let good = LoopbackHost.names(port: request.port).map { "http://\($0)" }
            if !good.contains(origin.lowercased()) {
                return "This request comes from a page of \(origin.prefix(100)), which must not act here."
            }
        }
        if let site = request.headers["Sec-Fetch-Site"], site != "same-origin", site != "none" {
            return
                "Another page has led here (\(site.prefix(20))). Paste the URL that twinfleet printed into the address bar."
        }
        return nil
    }

    /// Forms and links cannot send JSON.
    private func refusalByContentType(_ request: LiveRequest) -> LiveAnswer? {
        let type = request.headers["Content-Type"] ?? ""
        let essence = type.prefix { $0 != ";" }.lowercased().filter { $0 != " " }
        guard essence != "application/json" else { return nil }
        return .text(status: 415, "found the content type '\(type.prefix(60))'; expected application/json")
    }
}
