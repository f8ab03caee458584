import IoTHub
import Testing

/// The vectors were computed for the bytes 00 to 1F as key and a fixed expiry.
@Suite("SharedAccessSignature")
struct SharedAccessSignatureTests {
    static let key = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
    static let other = "AQECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
    static let device =
        "SharedAccessSignature sr=myhub.azure-devices.net%2Fdevices%2Fdev1&sig=2ylB6nEi79Klft8tf1Kvo0b6LMQ48k36e6OQLeqX2ZI%3D&se=1700003600"
    static let lowerCased =
        "SharedAccessSignature sr=myhub.azure-devices.net%2fdevices%2fdev1&sig=IWgOtwgyOFeRou1RdqGrVxz%2BSD8us5y6eQjmz1%2BKr9A%3D&se=1700003600"
    static let module =
        "SharedAccessSignature sr=myhub.azure-devices.net%2Fdevices%2Fdev1%2Fmodules%2Fm1&sig=L0%2Fbt8yQ7jbey3MBuAlwhWLznzwdBVoy0ntl7FhQ1MI%3D&se=1700003600"
    static let policy =
        "SharedAccessSignature sr=myhub.azure-devices.net&sig=z2GsBnDbkPF5ILfrd9UgHrn3tqxZXTLBEN85EQUGBb0%3D&se=1700003600&skn=iothubowner"

    @Test(
        "tokens are made byte for byte",
        arguments: [
            ("myhub.azure-devices.net/devices/dev1", nil, device),
            ("myhub.azure-devices.net/devices/dev1/modules/m1", nil, module),
            ("myhub.azure-devices.net", "iothubowner", policy),
            ("myhub.azure-devices.net/devices/dev1", "device", device + "&skn=device"),
        ]
    )
    func create(resource: String, policy: String?, token: String) throws {
        let made = try SharedAccessSignature.create(
            resource: resource,
            key: Self.key,
            expiry: 1_700_003_600,
            policy: policy
        )
        #expect(made.token == token)
    }

    @Test("tokens are verified over the resource as it stands", arguments: [device, lowerCased, module, policy])
    func verify(token: String) throws {
        let parsed = try SharedAccessSignature(parsing: token)
        #expect(parsed.token == token)
        #expect(parsed.isSigned(by: [Self.key]))
        #expect(parsed.isSigned(by: [Self.other, Self.key]))
        #expect(!parsed.isSigned(by: [Self.other]))
        #expect(!parsed.isSigned(by: []))
        #expect(!parsed.isSigned(by: ["not base64!", ""]))
    }

    @Test("a raw slash in the signature, and another order of fields, are read")
    func lenient() throws {
        let raw =
            "SharedAccessSignature se=1700003600&sig=L0/bt8yQ7jbey3MBuAlwhWLznzwdBVoy0ntl7FhQ1MI=&sr=myhub.azure-devices.net%2Fdevices%2Fdev1%2Fmodules%2Fm1"
        #expect(try SharedAccessSignature(parsing: raw).isSigned(by: [Self.key]))
    }

    @Test(
        "tampering is noticed",
        arguments: [
            device.replacing("dev1", with: "dev2"), device.replacing("1700003600", with: "1900003600"),
            device.replacing("sig=2", with: "sig=3"), device.replacing("2ZI%3D", with: "2Z"),
        ]
    )
    func tampered(token: String) throws {
        #expect(!(try SharedAccessSignature(parsing: token)).isSigned(by: [Self.key]))
    }

    @Test(
        "texts that are no token",
        arguments: [
            "", "Bearer x", "SharedAccessSignature ", "SharedAccessSignature sr=a&sig=b",
            "SharedAccessSignature sr=a&se=1",
            "SharedAccessSignature sr=a&sig=b&se=soon", "SharedAccessSignature sr=a&sig=b&se=-1",
            "SharedAccessSignature sr=&sig=b&se=1", "SharedAccessSignature sr=a&sig=b&se=99999999999999999999",
        ]
    )
    func refused(text: String) {
        let error = #expect(throws: IoTHubError.self) { try SharedAccessSignature(parsing: text) }
        #expect(error?.code == .iotHubUnauthorized)
    }

    @Test(
        "what a token covers",
        arguments: [
            ("h/devices/d", "h/devices/d", true), ("h", "h/devices/d", true), ("h/devices", "h/devices/d", true),
            ("h/devices/d", "h/devices/d/modules/m", true), ("h/devices/d", "h/devices/d2", false),
            ("h/a/b", "h/a/bc", false), ("h/devices/D", "h/devices/d", false), ("H/devices/d", "h/devices/d", true),
            ("h:8443", "h/twins/d", true), ("h/devices/d/modules/m", "h/devices/d", false),
            ("x/devices/d", "h/devices/d", false),
            ("h/", "h/devices/d", true), ("https://h/devices/d", "h/devices/d", true),
        ]
    )
    func scope(signed: String, wanted: String, covered: Bool) throws {
        let token = try SharedAccessSignature.create(resource: signed, key: Self.key, expiry: 1)
        #expect(token.covers(resource: wanted) == covered)
    }

    @Test("behind a gateway name only the path counts")
    func gateway() throws {
        let token = try SharedAccessSignature.create(resource: "x/devices/d", key: Self.key, expiry: 1)
        #expect(token.covers(resource: "localhost/devices/d", ignoringHost: true))
        #expect(!token.covers(resource: "localhost/devices/e", ignoringHost: true))
    }

    @Test("five minutes of skew are allowed", arguments: [(999, false), (1000, false), (1300, false), (1301, true)])
    func expiry(now: Int64, expired: Bool) throws {
        let token = try SharedAccessSignature.create(resource: "h", key: Self.key, expiry: 1000)
        #expect(token.isExpired(at: now) == expired)
        #expect(!(try SharedAccessSignature.create(resource: "h", key: Self.key, expiry: .max)).isExpired(at: .max))
    }

    @Test("a key that is not Base64 is refused and not quoted")
    func badKey() {
        let error = #expect(throws: IoTHubError.self) {
            try SharedAccessSignature.create(resource: "h", key: "s3cret!", expiry: 1)
        }
        #expect(error?.description.contains("s3cret") == false)
    }

    @Test("keys of an enrolment group")
    func derivedKeys() throws {
        #expect(
            try SymmetricKey.derivedKey(
                groupKey: "8isrFI1sGsIlvvFSSFRiMfCNzv21fjbE/+ah/lSh3lF8e2YG1Te7w1KpZhJFFXJrqYKi9yegxkqIChbqOS9Egw==",
                registrationID: "sn-007-888-abc-mac-a1-b2-c3-d4-e5-f6"
            ) == "Jsm0lyGpjaVYVP2g3FnmnmG9dI/9qU24wNoykUmermc="
        )
        #expect(
            try SymmetricKey.derivedKey(groupKey: Self.key, registrationID: "reg-001")
                == "/OIz5aluR4ThnTycFAG+c+xKzx8Hd+4p3Dv9OkbUSGc="
        )
    }

    @Test("a description never shows the signature")
    func redaction() throws {
        let token = try SharedAccessSignature(parsing: Self.device)
        #expect(!token.description.contains("2ylB6"))
    }
}
