import IoTHub
import Testing

@testable import LocalHub

@Suite("The service API: permissions")
struct PermissionTests {
    let bench = ServiceBench()

    static let policies = ["iothubowner", "service", "device", "registryRead", "registryReadWrite"]

    /// For each route the policies that may use it.
    static let rows: [(method: String, path: String, body: String, allowed: Set<String>)] = [
        ("GET", "/devices", "", ["iothubowner", "registryRead", "registryReadWrite"]),
        ("GET", "/devices/d", "", ["iothubowner", "registryRead", "registryReadWrite"]),
        ("PUT", "/devices/e", #"{"deviceId":"e"}"#, ["iothubowner", "registryReadWrite"]),
        ("DELETE", "/devices/d", "", ["iothubowner", "registryReadWrite"]),
        ("POST", "/devices", "[]", ["iothubowner", "registryReadWrite"]),
        ("GET", "/twins/d", "", ["iothubowner", "service"]),
        ("PATCH", "/twins/d", "{}", ["iothubowner", "service"]),
        ("PUT", "/twins/d", "{}", ["iothubowner", "service"]),
    ]

    @Test("each route takes the policies that have its permission", arguments: rows.indices, policies)
    func table(_ row: Int, _ policy: String) throws {
        let (method, path, body, allowed) = Self.rows[row]
        try bench.registry.createDevice(Device(id: "d"))
        let reply = try bench.send(method, path, body, policy: policy)
        if allowed.contains(policy) {
            #expect((200...204).contains(reply.status))
        } else {
            #expect(reply.status == 401)
            #expect(reply.code == .iotHubUnauthorizedAccess)
            #expect(try bench.registry.twin(of: "d").twin.version == 2, "nothing has changed")
        }
    }

    @Test("tokens that prove nothing are refused")
    func badTokens() throws {
        let now = ServiceBench.time.secondsSinceEpoch
        let device = try bench.registry.createDevice(Device(id: "d"))
        let bad: [String?] = [
            nil, "", "Bearer x", "SharedAccessSignature", "SharedAccessSignature sr=localhost",
            try bench.token(key: SymmetricKey.randomKey()),
            try bench.token("nobody"),
            try bench.token(expiry: now - 301),
            try bench.token(resource: "otherhub"),
            try bench.token(resource: "localhost/devices"),
            try bench.token(resource: "localhost/twins/d1"),
            try bench.token(resource: ""),
            try SharedAccessSignature.create(
                resource: "localhost/devices/d",
                key: device.authentication.symmetricKey?.primaryKey ?? "",
                expiry: now + 60
            ).token,
        ]
        for token in bad {
            let reply = try bench.send("GET", "/twins/d", token: token)
            #expect(reply.status == 401)
            #expect(reply.code == .iotHubUnauthorized)
        }
    }

    @Test(
        "tokens for the hub or a prefix of the path are good, with a port and in any case",
        arguments: [
            "localhost", "LOCALHOST:8443", "hub.lan", "localhost/twins", "localhost/twins/d", "https://localhost/",
        ]
    )
    func goodTokens(_ resource: String) throws {
        try bench.registry.createDevice(Device(id: "d"))
        #expect(try bench.send("GET", "/twins/d", token: bench.token(resource: resource)).status == 200)
    }

    @Test("the secondary key signs as well, and a clock may differ by five minutes")
    func secondaryKey() throws {
        try bench.registry.createDevice(Device(id: "d"))
        let key = try #require(bench.registry.policies["service"]?.secondaryKey)
        let token = try bench.token("service", key: key, expiry: ServiceBench.time.secondsSinceEpoch - 299)
        #expect(try bench.send("GET", "/twins/d", token: token).status == 200)
    }

    @Test("strangers do not learn which paths there are")
    func strangers() throws {
        #expect(try bench.send("GET", "/nowhere", token: nil).status == 401)
        #expect(try bench.send("GET", "/twins/d?", token: nil).status == 401)
    }

    @Test("no refusal repeats the signature")
    func redaction() throws {
        let token = try bench.token("service", key: SymmetricKey.randomKey())
        let signature = try SharedAccessSignature(parsing: token).signature
        #expect(!(try bench.send("GET", "/devices", token: token)).json.text.contains(signature))
    }
}
