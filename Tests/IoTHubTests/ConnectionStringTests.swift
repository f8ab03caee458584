import IoTHub
import Testing

@Suite("ConnectionString")
struct ConnectionStringTests {
    static let key = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="

    @Test("a device's")
    func device() throws {
        let string = try ConnectionString(
            parsing: "HostName=h.azure-devices.net;DeviceId=dev1;SharedAccessKey=\(Self.key)"
        )
        #expect(string.credential == .deviceKey(deviceID: "dev1", moduleID: nil, key: Self.key))
        #expect(string.host == "h.azure-devices.net")
        #expect(string.port == nil)
        #expect(string.deviceID == "dev1")
    }

    @Test(
        "each kind is read and written back",
        arguments: [
            "HostName=h;DeviceId=d;SharedAccessKey=\(key)", "HostName=h;DeviceId=d;ModuleId=m;SharedAccessKey=\(key)",
            "HostName=h;DeviceId=d;x509=true", "HostName=h;SharedAccessKeyName=iothubowner;SharedAccessKey=\(key)",
            "HostName=h;DeviceId=d;SharedAccessKey=\(key);GatewayHostName=localhost",
            "HostName=localhost:18443;SharedAccessKeyName=service;SharedAccessKey=\(key)",
            "HostName=h;DeviceId=d;SharedAccessSignature=\(SharedAccessSignatureTests.device)",
        ]
    )
    func roundTrip(text: String) throws {
        #expect(try ConnectionString(parsing: text).text == text)
    }

    @Test("names compare without case, a trailing semicolon and spaces do no harm")
    func lenient() throws {
        let string = try ConnectionString(parsing: " hostname=h ; deviceid=d;X509=True; ")
        #expect(string.credential == .deviceX509(deviceID: "d", moduleID: nil))
    }

    @Test("a port behind the host")
    func port() throws {
        let string = try ConnectionString(
            parsing: "HostName=localhost:18443;SharedAccessKeyName=p;SharedAccessKey=\(Self.key)"
        )
        #expect(string.host == "localhost")
        #expect(string.port == 18443)
    }

    @Test(
        "a fault names its part",
        arguments: [
            ("", "is empty"), ("HostName", "part 1"), ("DeviceId=d;SharedAccessKey=\(key)", "no HostName"),
            ("HostName=h;DeviceId=d", "needs SharedAccessKey, SharedAccessSignature or x509=true"),
            ("HostName=h", "expected DeviceId for a device, or SharedAccessKeyName"),
            ("HostName=h;SharedAccessKeyName=p", "a policy needs SharedAccessKey"),
            ("HostName=h;HostName=i", "given twice"), ("HostName=;DeviceId=d", "HostName is empty"),
            ("HostName=h;DeviceID2=d", "unknown part 'DeviceID2'"),
            ("HostName=h h;DeviceId=d;x509=true", "not a host name"),
            ("HostName=h:99999;DeviceId=d;x509=true", "not a host name"),
            ("HostName=h:1:2;DeviceId=d;x509=true", "not a host name"),
            ("HostName=h;DeviceId=a b;x509=true", "has a space"),
            ("HostName=h;DeviceId=d;x509=maybe", "expected x509=true"),
            ("HostName=h;DeviceId=d;x509=true;SharedAccessKey=\(key)", "does not go with x509"),
            ("HostName=h;DeviceId=d;SharedAccessKeyName=p;SharedAccessKey=\(key)", "does not go with DeviceId"),
            ("HostName=h;DeviceId=d;SharedAccessKey=zzz", "not Base64"),
            ("HostName=h;DeviceId=d;SharedAccessSignature=nonsense", "SharedAccessSignature "),
        ]
    )
    func faults(text: String, part: String) {
        let error = #expect(throws: IoTHubError.self) { try ConnectionString(parsing: text) }
        #expect(error?.message.contains(part) == true, "\(error?.message ?? "")")
        #expect(error?.message.contains(Self.key) == false)
    }

    @Test("a description never shows a secret")
    func redaction() throws {
        let string = try ConnectionString(parsing: "HostName=h;DeviceId=d;SharedAccessKey=\(Self.key)")
        #expect("\(string)" == "HostName=h;DeviceId=d;SharedAccessKey=***")
    }
}
