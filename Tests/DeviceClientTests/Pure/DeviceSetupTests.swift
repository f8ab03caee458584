import IoTHub
import Testing

@testable import DeviceClient

@Suite struct DeviceSetupTests {
    private let key = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="

    @Test(
        "the user name has the host, the client id as it is, and encoded properties",
        arguments: [
            ("dev1", nil, "myhub.azure-devices.net/dev1/?api-version=2021-04-12&DeviceClientType=twinfleet%2F1%20x"),
            (
                "a+b%c#d?e&", "dtmi:com:x;1",
                "myhub.azure-devices.net/a+b%c#d?e&/?api-version=2021-04-12&DeviceClientType=twinfleet%2F1%20x"
                    + "&model-id=dtmi%3Acom%3Ax%3B1"
            ),
        ]
    )
    func userName(_ id: String, _ model: String?, _ expected: String) {
        let identity = MQTTIdentity(
            host: "myhub.azure-devices.net",
            deviceID: id,
            moduleID: nil,
            productInfo: "twinfleet/1 x",
            modelID: model
        )
        #expect(identity.clientID == id)
        #expect(identity.userName == expected)
    }

    @Test("a module's ids have both parts")
    func module() {
        let identity = MQTTIdentity(host: "h", deviceID: "d", moduleID: "m", productInfo: "", modelID: nil)
        #expect(identity.clientID == "d/m")
        #expect(identity.userName == "h/d/m/?api-version=2021-04-12")
        #expect(identity.resource == "h/devices/d/modules/m")
    }

    @Test("a gateway is connected to, while user name and token keep the hub's name")
    func gateway() throws {
        let setup = try DeviceSetup(
            connectionString: "HostName=myhub.azure-devices.net;DeviceId=d;SharedAccessKey=\(key);GatewayHostName=gate",
            options: ClientOptions()
        )
        #expect(setup.serverName == "gate")
        #expect(setup.identity.userName.hasPrefix("myhub.azure-devices.net/d/?"))
        #expect(setup.identity.resource == "myhub.azure-devices.net/devices/d")
    }

    @Test("a token is made from the key, and is to be renewed before its end")
    func token() throws {
        let credential = SASCredential.key(key, timeToLive: .seconds(3600), renewalShare: 0.15)
        let token = try credential.token(for: "myhub.azure-devices.net/devices/dev1", now: 1_700_000_000)
        #expect(
            token.text == "SharedAccessSignature sr=myhub.azure-devices.net%2Fdevices%2Fdev1"
                + "&sig=2ylB6nEi79Klft8tf1Kvo0b6LMQ48k36e6OQLeqX2ZI%3D&se=1700003600"
        )
        #expect(token.usableFor == .seconds(3060))
        #expect(credential.isRenewable)
    }

    @Test("a ready-made token is good until its end and cannot be renewed")
    func readyMadeToken() throws {
        let credential = SASCredential.token("text", expiry: 1_700_003_600)
        #expect(try credential.token(for: "x", now: 1_700_003_500).usableFor == .seconds(100))
        #expect(try credential.token(for: "x", now: 1_700_009_999).usableFor == .zero)
        #expect(!credential.isRenewable)
    }

    @Test(
        "what cannot work is refused with words",
        arguments: [
            ("HostName=h;DeviceId=d;SharedAccessKey=AAAA", TransportType.http1, "Http1"),
            ("HostName=h;DeviceId=d;x509=true", .mqtt, "give the certificate as the option certificate"),
            ("HostName=h;SharedAccessKeyName=o;SharedAccessKey=AAAA", .mqtt, "expected a device's connection string"),
            ("HostName=h:8883;DeviceId=d;SharedAccessKey=AAAA", .mqtt, "mqttPort"),
            ("HostName=h;DeviceId=d d;SharedAccessKey=AAAA", .mqtt, "a space"),
            ("HostName=h;DeviceId=d", .mqtt, "SharedAccessKey"),
            ("nonsense", .mqtt, "Name=value"),
        ]
    )
    func refusals(_ text: String, _ transport: TransportType, _ words: String) throws {
        let error = try #require(throws: DeviceClientError.self) {
            _ = try DeviceClient.create(connectionString: text, transport: transport)
        }
        #expect(error.message.contains(words), "\(error)")
        #expect(!error.isTransient)
    }

    @Test(
        "a certificate goes with x509=true and nothing else",
        arguments: [
            "HostName=h;DeviceId=d;SharedAccessKey=AAAA",
            "HostName=h;DeviceId=d;SharedAccessSignature=SharedAccessSignature sr=h&sig=AAAA&se=1",
        ]
    )
    func certificateWithKey(_ text: String) throws {
        var options = ClientOptions()
        options.certificate = try DeviceCertificate.selfSigned(commonName: "d")
        let error = try #require(throws: DeviceClientError.self) {
            _ = try DeviceClient.create(connectionString: text, options: options)
        }
        #expect(error.reason == .invalidArgument)
        #expect(error.message.contains("goes with a connection string that says x509=true"), "\(error)")
    }

    @Test("a client with a certificate shares no AMQP connection")
    func notPooled() throws {
        var options = ClientOptions()
        options.amqpConnectionPoolSettings.pooling = true
        options.certificate = try DeviceCertificate.selfSigned(commonName: "d")
        let text = "HostName=h;DeviceId=d;x509=true"
        #expect(try DeviceClient.create(connectionString: text, transport: .amqp, options: options).poolShare == 0)
        options.certificate = nil
        let key = "HostName=h;DeviceId=d;SharedAccessKey=AAAA"
        #expect(try DeviceClient.create(connectionString: key, transport: .amqp, options: options).poolShare > 0)
    }

    @Test("a client is made of a host, a device and its certificate")
    func authenticationMethod() throws {
        let certificate = try DeviceCertificate.selfSigned(commonName: "d")
        let method = DeviceAuthenticationWithX509Certificate(deviceID: "d", certificate: certificate)
        let client = try DeviceClient.create(hostName: "myhub.azure-devices.net", authenticationMethod: method)
        #expect(client.deviceID == "d")
        #expect(client.setup.serverName == "myhub.azure-devices.net")
        #expect(client.setup.credential.certificate === certificate)
        var options = ClientOptions()
        options.certificate = try DeviceCertificate.selfSigned(commonName: "d")
        for (host, id, options, words) in [
            ("my hub", "d", ClientOptions(), "my hub"), ("h:1", "d", ClientOptions(), "mqttPort"),
            ("h", "d d", ClientOptions(), "a space"), ("h", "d", options, "two certificates"),
        ] {
            let error = try #require(throws: DeviceClientError.self) {
                let method = DeviceAuthenticationWithX509Certificate(deviceID: id, certificate: certificate)
                _ = try DeviceClient.create(hostName: host, authenticationMethod: method, options: options)
            }
            #expect(error.reason == .invalidArgument)
            #expect(error.message.contains(words), "\(error)")
        }
    }

    @Test("settings out of range are refused by name")
    func settings() {
        var options = ClientOptions()
        #expect(options.problem == nil)
        options.keepAlive = .seconds(4)
        #expect(options.problem?.contains("keepAlive") == true)
        options = ClientOptions()
        options.mqttPort = 70_000
        #expect(options.problem?.contains("mqttPort") == true)
        options = ClientOptions()
        options.amqpPort = 0
        #expect(options.problem?.contains("amqpPort") == true)
        options = ClientOptions()
        options.webSocketPort = 65_536
        #expect(options.problem?.contains("webSocketPort") == true)
        options = ClientOptions()
        options.connectTimeout = .zero
        #expect(options.problem?.contains("connectTimeout") == true)
        options = ClientOptions()
        options.amqpIdleTimeout = .milliseconds(999)
        #expect(options.problem?.contains("amqpIdleTimeout") == true)
        options = ClientOptions()
        #expect(!options.amqpConnectionPoolSettings.pooling)
        options.amqpConnectionPoolSettings.maxPoolSize = 65_536
        #expect(options.problem?.contains("maxPoolSize") == true)
        options = ClientOptions()
        options.sasTokenRenewalShare = 1
        #expect(options.problem?.contains("sasTokenRenewalShare") == true)
        options = ClientOptions()
        options.maximumPendingOperations = 0
        #expect(options.problem?.contains("maximumPendingOperations") == true)
    }

    @Test("WebSockets have their own port, and go through the proxy; TCP does neither")
    func routes() throws {
        var options = ClientOptions()
        options.webSocketPort = 8443
        options.proxy = .url("http://user:password@proxy:3128")
        var setup = try DeviceSetup(connectionString: "HostName=h;DeviceId=d;SharedAccessKey=AAAA", options: options)
        try setup.findProxy()
        let tcp = setup.route(over: .mqttTcpOnly)
        #expect(tcp.words == "TCP port 8883")
        #expect(tcp.host == "h")
        #expect(setup.route(over: .amqpTcpOnly).port == 5671)
        let webSocket = setup.route(over: .amqpWebSocketOnly)
        #expect(webSocket.words == "a WebSocket on port 8443 through the proxy proxy:3128")
        #expect(webSocket.host == "proxy")
        #expect(webSocket.serverName == "h")
        // The proxy does not matter to what does not use it.
        options.proxy = .url("https://proxy")
        _ = try DeviceClient.create(
            connectionString: "HostName=h;DeviceId=d;SharedAccessKey=AAAA",
            transport: .mqttTcpOnly,
            options: options
        )
        let error = try #require(throws: DeviceClientError.self) {
            _ = try DeviceClient.create(
                connectionString: "HostName=h;DeviceId=d;SharedAccessKey=AAAA",
                transport: .mqtt,
                options: options
            )
        }
        #expect(error.reason == .notSupported)
    }

    @Test("a file that holds no certificates is named")
    func badAuthorities() throws {
        let error = try #require(throws: DeviceClientError.self) { _ = try DeviceTLS(trustedCAFile: "/nowhere/ca.pem") }
        #expect(error.reason == .invalidArgument)
        #expect(error.message.contains("/nowhere/ca.pem"))
    }

    @Test("addresses in numbers need no look-up")
    func numericAddresses() async throws {
        #expect(HostAddress(numeric: "127.0.0.1")?.addresses == ["127.0.0.1"])
        #expect(HostAddress(numeric: "::1")?.addresses == ["::1"])
        #expect(HostAddress(numeric: "localhost") == nil)
        let found = try await HostAddress.resolve("localhost")
        #expect(found.addresses.first == "127.0.0.1")
        let error = await #expect(throws: DeviceClientError.self) {
            _ = try await HostAddress.resolve("no-such-host.invalid")
        }
        #expect(error?.message.contains("no-such-host.invalid") == true)
    }
}
