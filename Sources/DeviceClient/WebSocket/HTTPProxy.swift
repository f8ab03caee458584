internal import Foundation
internal import IoTHub

/// A proxy that makes tunnels.
///
/// Source: RFC 9110, HTTP Semantics, section 9.3.6 (CONNECT).
struct HTTPProxy: Sendable, Hashable {
    /// Where it is.
    var host: String
    var port: Int
    /// What it wants to know before it helps; never shown.
    private var credentials: String?

    /// Reads `http://[user:password@]host[:port]`; the scheme may be missing, the port is 80 then, as it is when left out.
    init(_ text: String) throws(DeviceClientError) {
        var rest = text[...]
        // The text may hold a password, also where none belongs, so errors do not show it.
        func fault(_ words: String, _ reason: DeviceClientError.Reason = .invalidArgument) -> DeviceClientError {
            DeviceClientError(reason, "expected a proxy as http://host:port, \(words)")
        }
        if let end = rest.range(of: "://") {
            guard rest[..<end.lowerBound].lowercased() == "http" else {
                throw fault("found one of another scheme, which is not supported", .notSupported)
            }
            rest = rest[end.upperBound...]
        }
        if let slash = rest.lastIndex(of: "/"), rest.index(after: slash) == rest.endIndex { rest.removeLast() }
        if let at = rest.lastIndex(of: "@") {
            credentials = PercentEncoding.decode(rest[..<at])
            rest = rest[rest.index(after: at)...]
        }
        guard rest.first == "[" else {
            guard let place = HostAndPort(rest) else {
                throw fault("found a host that is none, or a port that is none")
            }
            host = place.host
            port = place.port ?? 80
            return
        }
        // An IPv6 address; what follows it is a port as it follows a name.
        guard let end = rest.firstIndex(of: "]"), let place = HostAndPort("h" + rest[rest.index(after: end)...]),
            place.host == "h"
        else { throw fault("found a host that is none, or a port that is none") }
        host = String(rest[..<end].dropFirst())
        port = place.port ?? 80
    }

    /// How to call it, without its credentials.
    var name: String { "\(host.contains(":") ? "[\(host)]" : host):\(port)" }

    /// What asks it for a tunnel to a host and port.
    func request(target: String) -> [UInt8] {
        var text = "CONNECT \(target) HTTP/1.1\r\nHost: \(target)\r\n"
        if let credentials {
            text += "Proxy-Authorization: Basic \(Data(credentials.utf8).base64EncodedString())\r\n"
        }
        return Array((text + "\r\n").utf8)
    }
}

/// What proxy a connection to a host goes by, as programs agree to say it in the environment.
enum ProxyEnvironment {
    /// The proxy for a host; nil when there is none.
    static func proxy(
        for host: String,
        port: Int,
        _ environment: [String: String] = ProcessInfo.processInfo.environment
    ) throws(DeviceClientError) -> HTTPProxy? {
        let text = [environment["https_proxy"], environment["HTTPS_PROXY"]].compactMap(\.self).first { !$0.isEmpty }
        guard let text, !isLoopback(host) else { return nil }
        let exceptions = environment["no_proxy"] ?? environment["NO_PROXY"] ?? ""
        for exception in exceptions.split(whereSeparator: { $0 == "," || $0 == " " })
        where matches(exception.lowercased(), host.lowercased(), port) {
            return nil
        }
        do throws(DeviceClientError) { return try HTTPProxy(text) } catch {
            throw DeviceClientError(error.reason, "\(error.message) (found in the environment variable https_proxy)")
        }
    }

    /// A proxy does not see the ports of this machine.
    private static func isLoopback(_ host: String) -> Bool {
        host.lowercased() == "localhost" || host == "::1"
            || host.hasPrefix("127.") && HostAddress(numeric: host) != nil
    }

    /// Whether an exception is about a host: `*`, the host, a domain that it is in, each with or without a port.
    private static func matches(_ exception: String, _ host: String, _ port: Int) -> Bool {
        if exception == "*" { return true }
        var name = exception[...]
        if name.first == "[", let end = name.firstIndex(of: "]") {
            let rest = name[name.index(after: end)...]
            name = name[..<end].dropFirst()
            guard rest.isEmpty || rest == ":\(port)" else { return false }
        } else if name.count(where: { $0 == ":" }) == 1, let colon = name.firstIndex(of: ":") {
            guard name[colon...] == ":\(port)" else { return false }
            name = name[..<colon]
        }
        if name.hasPrefix("*") { name = name.dropFirst() }
        if name.hasPrefix(".") { name = name.dropFirst() }
        return !name.isEmpty && (host == name || host.hasSuffix(".\(name)"))
    }
}
