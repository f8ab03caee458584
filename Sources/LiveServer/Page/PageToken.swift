import Crypto
import IoTHub

/// What lets a browser in: a secret that only this user's terminal shows.
///
/// The printed URL has it, the page keeps it in its origin's own storage and sends it in a header with each request for data.
/// A cookie would go to every other port of this machine as well, and so to other users' servers; the one that is set opens
/// nothing but the page's own files, which are no secret.
struct PageToken: Sendable {
    /// The header field with the token.
    static let header = "X-Twinfleet-Token"

    /// The secret, 128 bits, as Base64URL: short enough for the address to fit into 80 columns.
    let text: String

    /// A new one from the system's generator.
    init() { self.init(text: Self.random()) }

    init(text: String) { self.text = text }

    /// Whether a text is the token; takes as long for a wrong one, however much of it is right.
    func matches(_ candidate: String?) -> Bool { Self.areEqual(candidate, text) }

    /// What the cookie has: it follows from the token and does not give it away.
    var cookieValue: String { Base64URL.encode(SHA256.hash(data: Array("twinfleet page files \(text)".utf8))) }

    /// Whether a Cookie field opens the page's files.
    /// - Parameters:
    ///   - field: `name=value; name=value`, with the cookies of all servers on this machine.
    ///   - port: this server's.
    /// - Returns: whether one of them is ours.
    func matches(cookies field: String?, port: Int) -> Bool {
        let start = "\(Self.cookieName(port: port))="
        return (field ?? "").split(separator: ";").contains { pair in
            let pair = pair.drop { $0 == " " }
            return pair.hasPrefix(start) && Self.areEqual(String(pair.dropFirst(start.count)), cookieValue)
        }
    }

    /// The Set-Cookie field that lets the browser fetch the page's files.
    func setCookie(port: Int) -> String {
        "\(Self.cookieName(port: port))=\(cookieValue); Path=/; HttpOnly; SameSite=Strict"
    }

    /// Cookies do not tell ports apart, so their names do.
    private static func cookieName(port: Int) -> String { "twinfleet-page-\(port)" }

    private static func random() -> String {
        SymmetricKey(size: .bits128).withUnsafeBytes { Base64URL.encode($0) }
    }

    /// Compares digests, which the library does in constant time.
    private static func areEqual(_ candidate: String?, _ text: String) -> Bool {
        guard let candidate else { return false }
        return SHA256.hash(data: Array(candidate.utf8)) == SHA256.hash(data: Array(text.utf8))
    }
}
