internal import IoTHub

/// Through which proxy WebSockets go to the hub; a proxy is asked for a tunnel with CONNECT, and sees no content.
public enum ProxySetting: Sendable, Hashable {
    /// What the environment variable `https_proxy` (or `HTTPS_PROXY`) names, unless `no_proxy` (or `NO_PROXY`) excepts the
    /// hub; none for hubs on this machine.
    case environment
    /// None, whatever the environment says.
    case none
    /// This one, as `http://[user:password@]host[:port]`, for every hub.
    case url(String)

    func proxy(for host: String, port: Int) throws(DeviceClientError) -> HTTPProxy? {
        switch self {
        case .environment: try ProxyEnvironment.proxy(for: host, port: port)
        case .none: nil
        case .url(let text): try HTTPProxy(text)
        }
    }
}

extension ProxySetting: CustomStringConvertible, CustomDebugStringConvertible {
    /// The setting without user and password.
    public var description: String {
        switch self {
        case .environment: "environment"
        case .none: "none"
        case .url(let text): "http://" + ((try? HTTPProxy(text))?.name ?? "(no proxy)")
        }
    }

    /// The same as `description`.
    public var debugDescription: String { description }
}
