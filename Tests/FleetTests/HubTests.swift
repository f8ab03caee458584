import Foundation
import IoTHub
import TestKit
import Testing

@testable import Fleet

@Suite("The hub of a fleet")
struct HubTests {
    private let key = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
    private var policy: String { "HostName=h.azure-devices.net;SharedAccessKeyName=iothubowner;SharedAccessKey=\(key)" }

    private func hub(_ text: String) throws -> HubSetting {
        try Sample.parse(Sample.good.replacing("hub: local", with: "hub: \(text)"), environment: environment).hub
    }

    private func mistakes(_ text: String) -> [String] {
        Sample.mistakes(Sample.good.replacing("hub: local", with: "hub: \(text)"), environment: environment)
    }

    private var environment: [String: String] {
        [
            "HUB": policy, "KEY": key, "DEVICE": "HostName=h;DeviceId=d;SharedAccessKey=\(key)",
            "PROXY": "http://a:b@p",
        ]
    }

    @Test("without a word it is the built-in one")
    func local() throws {
        #expect(try Sample.parse(Sample.good.replacing("hub: local\n", with: "")).hub == HubSetting())
        #expect(try hub("local") == HubSetting())
        #expect(try hub("{ connection: local, tier: S1, units: 2 }") == HubSetting(tier: .s1, units: 2))
    }

    @Test("a tier without a place is that of the built-in one, as the plan's hint says")
    func tierAlone() throws {
        #expect(try hub("{ tier: S1, units: 1 }") == HubSetting(tier: .s1, units: 1))
        #expect(try hub("{ tier: S2 }") == HubSetting(tier: .s2))
    }

    @Test("a tier has no more units than can be bought", arguments: HubTier.allCases)
    func units(_ tier: HubTier) throws {
        let most = [HubTier.f1: 1, .b3: 10, .s3: 10][tier] ?? 200
        #expect(try hub("{ tier: \(tier.rawValue), units: \(most) }").units == most)
        let mistakes = mistakes("{ tier: \(tier.rawValue), units: \(most + 1) }")
        #expect(mistakes.count == 1 && mistakes[0].contains("expected \(most == 1 ? "1" : "a whole number from 1 to")"))
    }

    @Test("a connection string comes from the environment, whole or in part")
    func connection() throws {
        #expect(try hub("${HUB}").address == .connection(policy))
        #expect(
            try hub("HostName=h.azure-devices.net;SharedAccessKeyName=iothubowner;SharedAccessKey=${KEY}").address
                == .connection(policy)
        )
        let setting = try hub("{ connection: ${HUB}, ports: { mqtt: 18883, amqp: 15671, https: 18443 }, tier: F1 }")
        #expect(setting.address == .connection(policy.replacing(".net", with: ".net:18443")))
        #expect(setting.mqttPort == 18883)
        #expect(setting.amqpPort == 15671)
        #expect(setting.webSocketPort == 18443)
        #expect(setting.tier == .f1)
        #expect(try hub("${HUB}").webSocketPort == 443)
        #expect(try hub("HostName=h:18443;SharedAccessKeyName=a;SharedAccessKey=${KEY}").webSocketPort == 18443)
    }

    @Test("files are found beside the fleet file")
    func files() throws {
        let folder = try TemporaryDirectory()
        try folder.write(policy + "\n", to: "hub.txt")
        try folder.write("text\n-----BEGIN CERTIFICATE-----\n", to: "ca.pem")
        let text = Sample.good.replacing("hub: local", with: "hub: { connectionFile: hub.txt, ca: ca.pem }")
        let fleet = try Fleet.load(file: try folder.write(text, to: "f.yaml"), environment: [:])
        #expect(fleet.hub.address == .connection(policy))
        #expect(fleet.hub.caFile == folder.url.path + "/ca.pem")
    }

    @Test("the proxy for WebSockets is that of the environment, none, or one by its URL")
    func proxy() throws {
        #expect(try hub("${HUB}").proxy == .environment)
        #expect(try hub("{ connection: ${HUB}, proxy: environment }").proxy == .environment)
        #expect(try hub("{ connection: ${HUB}, proxy: none }").proxy == .direct)
        #expect(try hub("{ connection: ${HUB}, proxy: \"http://p:3128\" }").proxy == .url("http://p:3128"))
        #expect(try hub("{ connection: ${HUB}, proxy: ${PROXY} }").proxy == .url("http://a:b@p"))
        for text in ["p:3128", "https://p", "${KEY}"] {
            let mistakes = mistakes("{ connection: ${HUB}, proxy: \"\(text)\" }")
            #expect(mistakes.count == 1 && mistakes[0].contains("such as http://proxy:3128"), "\(mistakes)")
        }
        let secret = mistakes("{ connection: ${HUB}, proxy: \"http://a:geheim@p\" }")
        #expect(secret.count == 1 && secret[0].contains("as in proxy: ${NAME}"), "\(secret)")
        #expect(!secret.joined().contains("geheim"))
    }

    @Test("a key in the file itself is refused, and not repeated")
    func literalSecret() throws {
        for text in [policy, "{ connection: \"\(policy)\" }", "HostName=h;SharedAccessKeyName=a; sharedaccesskey = x"] {
            let mistakes = mistakes(text)
            #expect(mistakes.count == 1, "\(mistakes)")
            #expect(mistakes.first?.contains("a secret in the fleet file") == true)
            #expect(mistakes.first?.contains("${IOTHUB_CONNECTION_STRING}") == true)
            #expect(mistakes.first?.contains(key) == false)
        }
    }

    @Test(
        "mistakes are told",
        arguments: [
            ("{ units: 1 }", "2:6", "a hub without 'connection'"),
            ("{ tier: S1, proxy: none }", "2:18", "'proxy' for the local hub"),
            ("{ connection: ${HUB}, tier: S3, units: 11 }", "2:45", "from 1 to 10, for a hub of tier S3 has no more"),
            ("{ conection: ${HUB} }", "2:8", "did you mean 'connection'?"),
            ("{ connection: ${HUB}, connectionFile: x }", "2:28", "both"),
            ("{ connection: ${HUB}, tier: S9 }", "2:34", "F1, B1, B2, B3, S1, S2 or S3"),
            ("{ connection: ${HUB}, units: 0 }", "2:35", "from 1 to 200"),
            ("{ connection: ${HUB}, ports: { mqtt: 0 } }", "2:43", "a port from 1 to 65535"),
            ("{ connection: ${HUB}, ports: { mqt: 1 } }", "2:37", "did you mean 'mqtt'?"),
            ("{ connection: ${HUB}, ports: { amqp: 65536 } }", "2:43", "a port from 1 to 65535"),
            ("{ connection: ${HUB}, ports: 8883 }", "2:35", "found the number 8883"),
            ("{ connection: ${HUB}, ca: nowhere.pem }", "2:32", "No such file or directory"),
            ("{ connection: local, ca: /dev/null }", "2:31", "without a certificate"),
            ("{ connection: local, ports: { mqtt: 1 } }", "2:27", "'ports' for the local hub"),
            ("{ connectionFile: nowhere.txt }", "2:24", "No such file or directory"),
            ("{ connectionFile: /dev/null }", "2:24", "the connection string is empty"),
            ("{ connection: local, proxy: none }", "2:27", "'proxy' for the local hub"),
            ("{ connection: ${HUB}, host: h }", "2:28", "both 'connection' and 'host'"),
            ("{ connection: ${HUB}, entra: cli }", "2:28", "'entra' without 'host'"),
            ("{ host: h }", "2:8", "'host' without 'entra'"),
            ("{ host: \"https://h/\", entra: cli }", "2:14", "such as myhub.azure-devices.net"),
            ("{ host: \"h:1\", entra: cli }", "2:14", "it without a port"),
            ("[local]", "2:6", "found a list"),
            ("${DEVICE}", "2:6", "'${DEVICE}', a device's connection string"),
            ("HostName=h;SharedAccessKeyName=a", "2:6", "needs SharedAccessKey"),
            ("${KEY}", "2:6", "connection string"),
        ]
    )
    func mistake(_ text: String, _ place: String, _ words: String) throws {
        let mistakes = mistakes(text)
        #expect(mistakes.count == 1, "\(mistakes)")
        let first = try #require(mistakes.first)
        #expect(first.hasPrefix("f.yaml:\(place): "), "\(first)")
        #expect(first.contains(words), "\(first)")
        #expect(!first.contains(key))
    }
}
