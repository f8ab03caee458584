/// A host name with or without a port, such as `myhub.azure-devices.net` or `localhost:18443`.
package struct HostAndPort: Sendable, Hashable {
    /// The name or the IPv4 address.
    package let host: String
    /// The port behind it; nil when there is none.
    package let port: Int?

    /// Reads a text; nil when it is no host name, or what stands behind the colon is no port.
    package init?(_ text: some StringProtocol) {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard let host = parts.first, !host.isEmpty, parts.count <= 2, host.utf8.allSatisfy(Self.isAllowed) else {
            return nil
        }
        if parts.count == 2 {
            guard let port = Int(parts[1]), (1...65_535).contains(port) else { return nil }
            self.port = port
        } else {
            port = nil
        }
        self.host = String(host)
    }

    /// The same text again.
    package var text: String { port.map { "\(host):\($0)" } ?? host }

    private static func isAllowed(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"):
            true
        default: false
        }
    }
}
