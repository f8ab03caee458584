/// The page's own files, which are part of the program.
enum PageFiles {
    /// Nothing from elsewhere, nothing inline, in nobody's frame.
    ///
    /// Source: W3C, "Content Security Policy Level 3".
    static let policy =
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; "
        + "base-uri 'none'; frame-ancestors 'none'; form-action 'none'"

    private static let html = "text/html; charset=utf-8"
    private static let css = "text/css; charset=utf-8"
    private static let script = "text/javascript; charset=utf-8"

    /// Content types and contents by path.
    private static let files: [String: (String, [UInt8])] = [
        "/": (html, PackageResources.index_html),
        "/page.css": (css, PackageResources.page_css),
        "/page.js": (script, PackageResources.page_js),
        "/server.js": (script, PackageResources.server_js),
        "/dom.js": (script, PackageResources.dom_js),
        "/format.js": (script, PackageResources.format_js),
        "/chart.js": (script, PackageResources.chart_js),
        "/overview.js": (script, PackageResources.overview_js),
        "/devices.js": (script, PackageResources.devices_js),
        "/twin.js": (script, PackageResources.twin_js),
        "/difference.js": (script, PackageResources.difference_js),
        "/editor.js": (script, PackageResources.editor_js),
    ]

    /// A file.
    /// - Parameters:
    ///   - path: the request's.
    ///   - cookie: lets the browser fetch the others, in the answer with the page itself.
    /// - Returns: the answer; nil when there is no file at the path.
    static func answer(path: String, cookie: String) -> LiveAnswer? {
        guard let (contentType, body) = files[path] else { return nil }
        var headers = [("Content-Security-Policy", policy)]
        if contentType == html { headers.append(("Set-Cookie", cookie)) }
        return .whole(status: 200, contentType: contentType, headers: headers, body: body)
    }
}
