import Testing

@testable import DeviceClient

@Suite struct HTTPProxyTests {
    @Test(
        "a proxy is read from its URL",
        arguments: [
            ("http://proxy.example.com:3128", "proxy.example.com:3128"),
            ("http://proxy.example.com/", "proxy.example.com:80"),
            ("HTTP://10.0.0.1:8080/", "10.0.0.1:8080"), ("proxy:8080", "proxy:8080"), ("proxy", "proxy:80"),
            ("http://[::1]:3128", "[::1]:3128"), ("http://[fd00::2]", "[fd00::2]:80"),
            ("http://user:p%40ss@proxy:1", "proxy:1"), ("http://user:p@ss@proxy:1", "proxy:1"),
        ]
    )
    func reading(_ text: String, _ name: String) throws {
        #expect(try HTTPProxy(text).name == name)
    }

    @Test(
        "what is no proxy that we can use is refused, without showing what may be a password",
        arguments: [
            ("https://secret", DeviceClientError.Reason.notSupported), ("socks5://secret:1080", .notSupported),
            ("http://", .invalidArgument), ("http://user:secret@", .invalidArgument),
            ("http://user:secret", .invalidArgument),
            ("proxy:0", .invalidArgument), ("proxy:65536", .invalidArgument),
            ("http://proxy:secret/x", .invalidArgument),
            ("http://[::1]secret", .invalidArgument), ("http://proxy/secret", .invalidArgument),
        ]
    )
    func refusals(_ text: String, _ reason: DeviceClientError.Reason) throws {
        let error = try #require(throws: DeviceClientError.self) { try HTTPProxy(text) }
        #expect(error.reason == reason)
        #expect(error.message.hasPrefix("expected a proxy as http://host:port, found "))
        #expect(!error.message.contains("secret"))
    }

    @Test("CONNECT names the hub, and shows the credentials to the proxy only")
    func request() throws {
        let plain = try HTTPProxy("http://proxy:3128").request(target: "hub:443")
        #expect(String(decoding: plain, as: UTF8.self) == "CONNECT hub:443 HTTP/1.1\r\nHost: hub:443\r\n\r\n")
        let proxy = try HTTPProxy("http://us%3Aer:p%40ss@proxy:3128")
        let text = String(decoding: proxy.request(target: "hub:443"), as: UTF8.self)
        #expect(text.hasSuffix("\r\nProxy-Authorization: Basic dXM6ZXI6cEBzcw==\r\n\r\n"))
        let setting = ProxySetting.url("http://us%3Aer:p%40ss@proxy:3128")
        #expect("\(setting)" == "http://proxy:3128")
        #expect("\([setting])" == "[http://proxy:3128]")
        var options = ClientOptions()
        options.proxy = setting
        #expect(!"\(options)".contains("p%40ss"))
    }

    @Test("the environment's proxy is taken, in small letters before capitals, but for hubs on this machine")
    func environment() throws {
        let environment = [
            "HTTPS_PROXY": "http://capital:1", "https_proxy": "http://small:2", "http_proxy": "http://other:3",
        ]
        #expect(try ProxyEnvironment.proxy(for: "hub.net", port: 443, environment)?.name == "small:2")
        #expect(
            try ProxyEnvironment.proxy(for: "hub.net", port: 443, ["HTTPS_PROXY": "http://capital:1"])?.name
                == "capital:1"
        )
        #expect(try ProxyEnvironment.proxy(for: "hub.net", port: 443, ["https_proxy": ""]) == nil)
        #expect(try ProxyEnvironment.proxy(for: "hub.net", port: 443, ["http_proxy": "http://other:3"]) == nil)
        for host in ["localhost", "LOCALHOST", "127.0.0.1", "127.1.2.3", "::1"] {
            #expect(try ProxyEnvironment.proxy(for: host, port: 443, environment) == nil)
        }
        #expect(try ProxyEnvironment.proxy(for: "127.example.com", port: 443, environment) != nil)
        let error = try #require(throws: DeviceClientError.self) {
            try ProxyEnvironment.proxy(for: "hub.net", port: 443, ["https_proxy": "https://x"])
        }
        #expect(error.message.contains("https_proxy"))
    }

    @Test(
        "exceptions are hosts, domains, and all, with or without a port",
        arguments: [
            ("*", true), ("example.com", true), (".example.com", true), ("*.example.com", true), ("com", true),
            ("a, hub.example.com", true), ("HUB.Example.com:443", true), ("hub.example.com:8443", false),
            ("ub.example.com", false), ("hub.example.co", false), ("hub.example.com.", false), ("", false),
            (",.", false),
        ]
    )
    func exceptions(_ text: String, _ isExcepted: Bool) throws {
        for name in ["no_proxy", "NO_PROXY"] {
            let environment = ["https_proxy": "http://p:1", name: text]
            let proxy = try ProxyEnvironment.proxy(for: "hub.example.com", port: 443, environment)
            #expect((proxy == nil) == isExcepted)
        }
        let numeric = ["https_proxy": "http://p:1", "no_proxy": "10.0.0.1,[fd00::1]:443,fd00::2"]
        for (host, isExcepted) in [("10.0.0.1", true), ("10.0.0.2", false), ("fd00::1", true), ("fd00::2", true)] {
            #expect((try ProxyEnvironment.proxy(for: host, port: 443, numeric) == nil) == isExcepted)
        }
    }

    @Test("a tunnel is open after any 2xx, and an answer that is none of these is told with its status")
    func tunnel() throws {
        #expect(try answer("HTTP/1.1 200 Connection established\r\nX: y\r\n\r\n") == .open)
        #expect(try answer("HTTP/1.0 204\r\n\r\n") == .open)
        #expect(try answer("HTTP/1.1 200 OK\r\n") == .waiting)
        #expect(
            try answer("HTTP/1.1 407 Proxy Authentication Required\r\n\r\nbody")
                == .failed(
                    DeviceClientError(
                        .invalidArgument,
                        status: 407,
                        "the proxy p:3128 refuses CONNECT hub:443 with 407 Proxy Authentication Required"
                            + "; give user and password as http://user:password@host:port"
                    )
                )
        )
        #expect(
            try answer("HTTP/1.1 502 Bad Gateway\r\n\r\n")
                == .failed(
                    DeviceClientError(
                        .communication,
                        status: 502,
                        "the proxy p:3128 refuses CONNECT hub:443 with 502 Bad Gateway"
                    )
                )
        )
        for (text, words) in [
            ("", "hangs up"), ("SSH-2.0", "no HTTP response"), ("HTTP/1.1 200 OK\r\n\r\nx", "more than"),
        ] {
            guard case .failed(let error) = try answer(text) else {
                Issue.record("'\(text)' is taken for an answer")
                continue
            }
            #expect(error.reason == .communication)
            #expect(error.message.contains("the proxy p:3128") && error.message.contains(words), "\(error)")
        }
    }

    private func answer(_ text: String) throws -> ProxyTunnel.Progress {
        var tunnel = ProxyTunnel(try HTTPProxy("http://u:s@p:3128"), host: "hub", port: 443)
        #expect(tunnel.peer == "hub:443 (through the proxy p:3128)")
        tunnel.sent(7)
        #expect(tunnel.unsent.starts(with: Array(" hub:443 HTTP/1.1\r\n".utf8)))
        return Array(text.utf8).withUnsafeBytes { tunnel.receive($0) }
    }
}
