/// Which Host a request to this machine must name.
enum LoopbackHost {
    /// Why a request for a host is refused; nil when it is not.
    /// - Parameters:
    ///   - host: the Host field, with its port.
    ///   - port: the port that the request came to.
    /// - Returns: the refusal for people; nil for a request that may pass.
    static func refusal(of host: String?, port: Int) -> String? {
        let good = names(port: port)
        guard let host, good.contains(host.lowercased()) else {
            let found = host.map { "'\($0.prefix(100))'" } ?? "no host"
            return "this server answers only as \(good.joined(separator: " or ")); the request was for \(found). "
                + "A tunnel to this machine has to keep the port's number."
        }
        return nil
    }

    /// The hosts that a server answers as; a browser leaves HTTP's own port out.
    static func names(port: Int) -> [String] {
        ["127.0.0.1", "localhost"].map { port == 80 ? $0 : "\($0):\(port)" }
    }
}
