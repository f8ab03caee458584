import ArgumentParser
import IoTHub
import Testing

@testable import twinfleet

@Suite("Where the hub is")
struct HubAddressTests {
    private let policy =
        "HostName=localhost:18443;SharedAccessKeyName=iothubowner;SharedAccessKey=AAECAwQFBgcICQoLDA0ODw=="
    private let device = "HostName=localhost;DeviceId=press-1;SharedAccessKey=AAECAwQFBgcICQoLDA0ODw=="

    private func files(_ texts: [String: String]) -> (String) throws(CommandError) -> String {
        { (file: String) throws(CommandError) -> String in
            guard let text = texts[file] else { throw CommandError(.usage, "cannot read \(file)") }
            return text
        }
    }

    @Test func theEnvironmentNamesTheHub() throws {
        let address = try HubAddress(
            hub: nil,
            ca: nil,
            environment: ["IOTHUB_CONNECTION_STRING": policy, "IOTHUB_CA_FILE": "/x/ca.pem"]
        )
        #expect(address.identity == .policy("iothubowner", connectionString: policy))
        #expect(address.host == "localhost")
        #expect(address.authorityFile == "/x/ca.pem")
        #expect(address.authorityOrigin == "IOTHUB_CA_FILE")
        #expect(!address.isSecretVisible)
    }

    @Test func optionsGoBeforeTheEnvironment() throws {
        let address = try HubAddress(
            hub: "@owner.txt",
            ca: "mine.pem",
            environment: ["IOTHUB_CONNECTION_STRING": "broken", "IOTHUB_CA_FILE": "/x/ca.pem"],
            readFile: files(["owner.txt": "  \(policy)  \nsecond line\n"])
        )
        #expect(address.identity == .policy("iothubowner", connectionString: policy))
        #expect(address.authorityFile == "mine.pem")
        #expect(address.authorityOrigin == "--ca")
        #expect(!address.isSecretVisible)
    }

    @Test func aSecretOnTheCommandLineIsNoticed() throws {
        #expect(try HubAddress(hub: policy, ca: nil, environment: [:]).isSecretVisible)
    }

    @Test(arguments: [[:], ["IOTHUB_CONNECTION_STRING": ""]])
    func withoutAHubTheErrorSaysWhatToSet(environment: [String: String]) throws {
        let error = #expect(throws: CommandError.self) {
            try HubAddress(hub: nil, ca: nil, environment: environment)
        }
        #expect(error?.exit == .usage)
        #expect(error?.message.contains("export IOTHUB_CONNECTION_STRING='HostName=localhost;") == true)
        #expect(error?.message.contains("export IOTHUB_CA_FILE='") == true)
        #expect(error?.message.contains("--hub @FILE") == true)
    }

    @Test func aDevicesConnectionStringIsRefusedByName() {
        let error = #expect(throws: CommandError.self) { try HubAddress(hub: device, ca: nil, environment: [:]) }
        #expect(error?.exit == .usage)
        #expect(error?.message.contains("device \"press-1\"") == true)
        #expect(error?.message.contains("shared access policy") == true)
        #expect(error?.message.contains("AAECAwQFBgcICQoLDA0ODw") == false)
    }

    @Test func aBrokenConnectionStringIsToldWithItsOrigin() {
        let error = #expect(throws: CommandError.self) {
            try HubAddress(
                hub: nil,
                ca: nil,
                environment: ["IOTHUB_CONNECTION_STRING": "HostName=x;SharedAccessKy=abcd"]
            )
        }
        #expect(error?.message.hasPrefix("IOTHUB_CONNECTION_STRING is not a connection string") == true)
        #expect(error?.message.contains("abcd") == false)
    }

    @Test func aSecretInPlaceOfAFileIsNotShown() throws {
        for secret in [policy, device, "AAECAwQFBgcICQoLDA0ODw==", "SharedAccessSignature sr=h&sig=a%3D&se=1"] {
            let hub = #expect(throws: CommandError.self) {
                try HubAddress(hub: "@\(secret)", ca: nil, environment: [:])
            }
            let options = try AuthenticationOptions.parse(["--primary-key", "@\(secret)"])
            let key = #expect(throws: CommandError.self) { try options.changed() }
            let authority = try HubOptions.parse(["--hub", policy, "--ca", secret])
            let ca = #expect(throws: CommandError.self) { try authority.connect(environment: [:]) }
            for error in [hub, key, ca] {
                #expect(error?.exit == .usage)
                #expect(error?.message.contains("cannot read the ") == true)
                #expect(error?.message.contains("No such file or directory") == true)
                #expect(error?.message.contains(secret) == false)
                #expect(error?.message.contains("AAEC") == false)
            }
        }
    }

    @Test func aFileThatIsNotThereIsNamed() {
        let error = #expect(throws: CommandError.self) {
            try HubAddress(hub: "@/nowhere/hub.txt", ca: nil, environment: [:])
        }
        #expect(error == CommandError(.usage, "cannot read /nowhere/hub.txt: No such file or directory"))
    }

    @Test func aHostNameAloneIsForEntra() throws {
        let address = try HubAddress(
            hub: nil,
            host: "hub.example:18443",
            ca: nil,
            environment: ["IOTHUB_CONNECTION_STRING": policy, "IOTHUB_CA_FILE": "/x/ca.pem"]
        )
        #expect(address.identity == .entra(hostName: "hub.example:18443"))
        #expect(address.host == "hub.example")
        #expect(address.authorityFile == "/x/ca.pem")
        let error = #expect(throws: CommandError.self) {
            try HubAddress(hub: nil, host: "https://hub.example", ca: nil, environment: [:])
        }
        #expect(error?.exit == .usage)
        #expect(error?.message.contains("\"https://hub.example\" is not a host name") == true)
    }

    @Test func twoNamesForTheHubAreRefused() {
        let error = #expect(throws: (any Error).self) { try HubOptions.parse(["--hub", "@f", "--host", "h"]) }
        #expect(error.map { HubOptions.message(for: $0).contains("give one of them") } == true)
    }

    @Test func theEnvironmentSaysWhoWeAreForEntra() throws {
        let options = try HubOptions.parse(["--host", "hub.example"])
        _ = try options.connect(environment: [:])
        let error = #expect(throws: CommandError.self) {
            try options.connect(environment: ["AZURE_CLIENT_SECRET": "s3cr3t"])
        }
        #expect(error?.exit == .usage)
        #expect(error?.message.contains("AZURE_TENANT_ID and AZURE_CLIENT_ID") == true)
        #expect(error?.message.contains("s3cr3t") == false)
    }
}
