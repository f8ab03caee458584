import ArgumentParser
import FleetReport
import IoTHub
import TestKit
import Testing

@testable import twinfleet

@Suite("Devices for people and programs")
struct DeviceViewTests {
    private let key = "AAECAwQFBgcICQoLDA0ODw=="
    private let second = "Dw4NDAsKCQgHBgUEAwIBAA=="

    private var device: Device {
        var device = Device(id: "press-1", authentication: .sas(primaryKey: key, secondaryKey: second))
        device.etag = ETag(rawValue: "MQ==")
        device.status = .disabled
        device.statusReason = "stolen"
        return device
    }

    @Test func keysAreShownOnlyWhenAskedFor() {
        let hidden = DeviceView.lines(device, showsKeys: false, style: Style(isColored: false)).joined(separator: "\n")
        #expect(!hidden.contains(key) && !hidden.contains(second))
        #expect(hidden.contains("--show-keys"))
        #expect(hidden.contains("disabled: stolen"))
        #expect(!DeviceView.json(device, showsKeys: false).text.contains("symmetricKey"))
        let shown = DeviceView.lines(device, showsKeys: true, style: Style(isColored: false)).joined(separator: "\n")
        #expect(shown.contains(key) && shown.contains(second))
        #expect(
            DeviceView.json(device, showsKeys: true)["authentication"]?["symmetricKey"]?["primaryKey"] == .string(key)
        )
    }

    @Test func aConnectionStringIsWhatAnSDKTakes() throws {
        let text = try DeviceView.connectionString(device, host: "localhost", secondary: false)
        #expect(text == "HostName=localhost;DeviceId=press-1;SharedAccessKey=\(key)")
        #expect(try DeviceView.connectionString(device, host: "localhost", secondary: true).hasSuffix(second))
        let certified = Device(id: "press-2", authentication: .certificateAuthority)
        #expect(
            try DeviceView.connectionString(certified, host: "localhost", secondary: false)
                == "HostName=localhost;DeviceId=press-2;x509=true"
        )
        let none = Device(id: "press-3", authentication: AuthenticationMechanism(type: .none, symmetricKey: nil))
        #expect(throws: CommandError.self) {
            try DeviceView.connectionString(none, host: "localhost", secondary: false)
        }
    }

    @Test func aTwinsRowBecomesAnIdentityWithTheRegistrysNames() throws {
        let row = try JSON(
            parsing: """
                {"deviceId":"a","etag":"AAAAAAAAAAE=","deviceEtag":"MQ==","status":"enabled","authenticationType":"sas",
                "statusUpdateTime":"0001-01-01T00:00:00Z","lastActivityTime":"0001-01-01T00:00:00Z",
                "connectionState":"Connected","capabilities":{"iotEdge":true}}
                """
        )
        let identity = DeviceView.identity(fromTwin: row)
        #expect(identity["etag"] == "MQ==")
        #expect(identity["statusUpdatedTime"] == "0001-01-01T00:00:00Z")
        #expect(DeviceView.layout.cells(identity) == ["a", "enabled", "Connected", "sas", "yes", "never"])
    }

    @Test func authenticationFollowsFromWhatIsGiven() throws {
        func changed(_ arguments: [String], _ old: AuthenticationMechanism = .sas()) throws -> AuthenticationMechanism {
            try AuthenticationOptions.parse(arguments).changed(old)
        }
        let print = String(repeating: "A1", count: 20)
        #expect(try changed([]) == .sas())
        #expect(try changed(["--primary-key", key]) == .sas(primaryKey: key))
        #expect(try changed(["--primary-thumbprint", print]) == .selfSigned(primaryThumbprint: print))
        #expect(try changed(["--auth", "ca"]) == .certificateAuthority)
        // One key changes, the other stays.
        #expect(
            try changed(["--secondary-key", second], .sas(primaryKey: key, secondaryKey: key))
                == .sas(primaryKey: key, secondaryKey: second)
        )
        // A certificate stands for its thumbprint.
        let directory = try TemporaryDirectory()
        let made = try TestCertificate.selfSigned(commonName: "d")
        let file = try directory.write(made.certificatePEM, to: "d.pem")
        #expect(try changed(["--certificate", file]) == .selfSigned(primaryThumbprint: made.sha256Thumbprint))
        #expect(
            try changed(["--secondary-certificate", file], .selfSigned(primaryThumbprint: print))
                == .selfSigned(primaryThumbprint: print, secondaryThumbprint: made.sha256Thumbprint)
        )
        // Another kind starts afresh.
        #expect(try changed(["--auth", "sas"], .certificateAuthority) == .sas())
    }

    @Test(arguments: [
        ["--auth", "ca", "--primary-key", "AAECAwQFBgcICQoLDA0ODw=="],
        ["--auth", "sas", "--primary-thumbprint", "AA"],
        ["--auth", "self-signed"],
        ["--auth", "ca", "--certificate", "/nowhere/d.pem"],
        ["--certificate", "/nowhere/d.pem"],
        ["--certificate", "/nowhere/d.pem", "--primary-thumbprint", "AA"],
        ["--primary-thumbprint", "AA", "--secondary-certificate", "/nowhere/d.pem", "--secondary-thumbprint", "AA"],
        ["--primary-key", "AAECAwQFBgcICQoLDA0ODw==", "--primary-thumbprint", "AA"],
        ["--primary-key", "@/nowhere/key.txt"],
    ])
    func authenticationThatContradictsItselfIsRefused(arguments: [String]) throws {
        let options = try AuthenticationOptions.parse(arguments)
        let error = #expect(throws: CommandError.self) { try options.changed() }
        #expect(error?.exit == .usage)
    }

    @Test func anUpdateChangesOnlyWhatIsNamed() async throws {
        var changed = device
        try await DeviceUpdate.asyncParse(["press-1", "--status", "enabled"]).change(&changed)
        #expect(changed.status == .enabled)
        #expect(changed.statusReason == nil)
        #expect(changed.authentication == device.authentication)
        try await DeviceUpdate.asyncParse(["press-1", "--regenerate-keys", "secondary", "--edge"]).change(&changed)
        #expect(changed.authentication.symmetricKey?.primaryKey == key)
        #expect(changed.authentication.symmetricKey?.secondaryKey != second)
        #expect(changed.capabilities.iotEdge)
        try await DeviceUpdate.asyncParse(["press-1", "--no-edge"]).change(&changed)
        #expect(!changed.capabilities.iotEdge)
    }

    @Test func aQuestionNamesTheDevicesOrTheirNumber() {
        #expect(DeviceRemove.named(["a"]) == "device a")
        #expect(DeviceRemove.named(["a", "b"]) == "devices a, b")
        #expect(DeviceRemove.named((1...7).map(String.init)) == "7 devices (1, 2, 3, …)")
    }
}
