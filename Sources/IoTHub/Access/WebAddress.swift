/// An address of the web from which keys come or to which secrets go, so that it has to be a protected one.
package struct WebAddress: Sendable, Hashable {
    /// Scheme, host and port, without a slash at the end, such as `https://login.microsoftonline.com`.
    package let origin: String
    /// What stands behind, from its slash on; empty when there is nothing.
    package let path: String

    /// Reads a text; without a scheme it is taken for an address of HTTPS.
    ///
    /// Plain HTTP is let through to this machine's loopback names only: there nobody listens in.
    /// - Throws: `IoTHubError` with `argumentInvalid` that quotes the text and says what was expected.
    package init(parsing text: String) throws(IoTHubError) {
        var rest = text[...]
        var scheme = "https"
        if let separator = text.firstRange(of: "://") {
            scheme = text[..<separator.lowerBound].lowercased()
            rest = text[separator.upperBound...]
        }
        let slash = rest.firstIndex(of: "/") ?? rest.endIndex
        guard ["http", "https"].contains(scheme), let place = HostAndPort(rest[..<slash]) else {
            throw IoTHubError(
                .argumentInvalid,
                "'\(text.prefix(200))' is no address; expected one like https://login.microsoftonline.com"
            )
        }
        guard scheme == "https" || Self.isLoopback(place.host) else {
            throw IoTHubError(
                .argumentInvalid,
                "'\(text.prefix(200))' is not protected by TLS; expected an address with https:// "
                    + "(http:// only to this machine's loopback)"
            )
        }
        origin = "\(scheme)://\(place.text)"
        path = String(rest[slash...])
    }

    private static func isLoopback(_ host: String) -> Bool {
        if host.lowercased() == "localhost" { return true }
        let numbers = host.split(separator: ".", omittingEmptySubsequences: false).map { UInt8($0) }
        return numbers.count == 4 && numbers.first == 127 && numbers.allSatisfy { $0 != nil }
    }
}
