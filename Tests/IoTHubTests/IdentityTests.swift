import IoTHub
import Testing

@Suite("Identities")
struct IdentityTests {
    @Test("ids that are allowed", arguments: ["a", "dev1", "A-:.+%_#*?!(),=@;$'9", String(repeating: "x", count: 128)])
    func goodIDs(id: String) throws {
        try DeviceID.validate(id)
    }

    @Test(
        "ids that are not, and why",
        arguments: [
            ("", "is empty"), ("a b", "has a space"), ("a/b", "has '/'"), ("é", "has 'é'"),
            ("a\n", "has a control character"),
            (String(repeating: "x", count: 129), "has 129 characters; at most 128"),
        ]
    )
    func badIDs(id: String, reason: String) {
        #expect(DeviceID.problem(with: id)?.hasPrefix(reason) == true)
        #expect(throws: IoTHubError.self) { try DeviceID.validate(id) }
    }

    @Test("an identity as the Python SDK sends it")
    func python() throws {
        let json = try JSON(
            parsing:
                #"{"deviceId": "dev1", "status": "enabled", "authentication": {"symmetricKey": {"primaryKey": "AAECAwQFBgcICQoLDA0ODw==", "secondaryKey": null}, "type": "sas"}, "capabilities": {"iotEdge": false}}"#
        )
        let device = try Device(json: json)
        #expect(device.id == "dev1")
        #expect(device.authentication.symmetricKey == SymmetricKey(primaryKey: "AAECAwQFBgcICQoLDA0ODw=="))
        #expect(device.status == .enabled)
    }

    @Test("an identity comes back from its JSON")
    func roundTrip() throws {
        var device = Device(id: "dev1")
        device.authentication = AuthenticationMechanism(
            type: .selfSigned,
            symmetricKey: nil,
            x509Thumbprint: X509Thumbprint(primaryThumbprint: String(repeating: "aB", count: 20))
        )
        device.etag = ETag(identityCounter: 1)
        device.generationID = "g"
        device.status = .disabled
        device.statusReason = "lost"
        device.lastActivityTime = HubTimestamp(ticksSinceEpoch: 12_345)
        device.capabilities.iotEdge = true
        device.parentScopes = ["p"]
        #expect(try Device(json: .object(device.json)) == device)
        #expect(device.etag?.rawValue == "MQ==")
    }

    @Test(
        "a wrong member is named",
        arguments: [
            (#"{}"#, "deviceId"), (#"{"deviceId":5}"#, "deviceId"), (#"{"deviceId":"a b"}"#, "deviceId"),
            (#"{"deviceId":"a","status":"on"}"#, "status"),
            (
                #"{"deviceId":"a","authentication":{"symmetricKey":{"primaryKey":"x"}}}"#,
                "authentication.symmetricKey.primaryKey"
            ),
            (
                #"{"deviceId":"a","authentication":{"symmetricKey":{"secondaryKey":"AAAA"}}}"#,
                "authentication.symmetricKey.secondaryKey"
            ),
            (
                #"{"deviceId":"a","authentication":{"type":"selfSigned","x509Thumbprint":{"primaryThumbprint":"12"}}}"#,
                "authentication.x509Thumbprint.primaryThumbprint"
            ),
            (
                #"{"deviceId":"a","authentication":{"x509Thumbprint":{"secondaryThumbprint":"\#(hex(41))"}}}"#,
                "authentication.x509Thumbprint.secondaryThumbprint"
            ),
            (
                #"{"deviceId":"a","authentication":{"x509Thumbprint":{"primaryThumbprint":"\#(hex(63))g"}}}"#,
                "authentication.x509Thumbprint.primaryThumbprint"
            ),
            (#"{"deviceId":"a","authentication":{"type":"magic"}}"#, "type"),
        ]
    )
    func faults(text: String, path: String) throws {
        let json = try JSON(parsing: text)
        let error = #expect(throws: IoTHubError.self) { try Device(json: json) }
        #expect(error?.path == path)
    }

    private static func hex(_ count: Int) -> String { String(repeating: "a", count: count) }

    @Test("thumbprints alone mean selfSigned; empty ones are none")
    func thumbprints() throws {
        func type(_ primary: String, _ secondary: String) throws -> AuthenticationMechanism {
            let prints = #"{"primaryThumbprint":\#(primary),"secondaryThumbprint":\#(secondary)}"#
            let text = #"{"deviceId":"a","authentication":{"x509Thumbprint":\#(prints)}}"#
            return try Device(json: JSON(parsing: text)).authentication
        }
        #expect(try type(#""""#, "null") == .sas())
        #expect(try type(#""""#, #""""#) == .sas())
        let (sha1, sha256) = (Self.hex(40), Self.hex(64))
        let pair = X509Thumbprint(secondaryThumbprint: sha256)
        let mechanism = AuthenticationMechanism(type: .selfSigned, symmetricKey: nil, x509Thumbprint: pair)
        #expect(try type(#""""#, #""\#(sha256)""#) == mechanism)
        #expect(try type(#""\#(sha1)""#, "null") == .selfSigned(primaryThumbprint: sha1))
    }

    @Test("a status reason has a limit")
    func statusReason() {
        let json: JSON = ["deviceId": "a", "statusReason": .string(String(repeating: "x", count: 129))]
        #expect(throws: IoTHubError.self) { try Device(json: json) }
    }

    @Test("random keys are 32 bytes and differ")
    func randomKeys() {
        #expect(SymmetricKey.randomKey() != SymmetricKey.randomKey())
        #expect(SymmetricKey.randomKey().utf8.count == 44)
    }

    @Test(
        "If-Match",
        arguments: [
            (nil, true), ("*", true), ("\"*\"", true), ("AAAAAAAAAAE=", true), ("\"AAAAAAAAAAE=\"", true),
            ("W/\"AAAAAAAAAAE=\"", true), (" \"AAAAAAAAAAE=\" ", true), ("\"AAAAAAAAAAI=\"", false), ("", false),
            ("\"", false),
        ]
    )
    func ifMatch(header: String?, matches: Bool) {
        #expect(ETag.matches(ifMatch: header, current: ETag(twinCounter: 1)) == matches)
    }

    @Test("counters as ETags", arguments: [(1, "AAAAAAAAAAE="), (7, "AAAAAAAAAAc=")])
    func etags(counter: UInt64, text: String) {
        #expect(ETag(twinCounter: counter).rawValue == text)
        #expect(ETag(twinCounter: counter).quoted == "\"\(text)\"")
    }
}

@Suite("IoTHubErrorCode")
struct IoTHubErrorCodeTests {
    @Test(
        "number, name, status",
        arguments: [
            (404001, "DeviceNotFound", 404), (412001, "PreconditionFailed", 412),
            (412002, "DeviceMessageLockLost", 412),
            (429001, "ThrottlingException", 429), (500001, "ServerError", 500), (400004, "ArgumentInvalid", 400),
        ]
    )
    func table(number: Int, name: String, status: Int) {
        let code = IoTHubErrorCode(rawValue: number)
        #expect(code.name == name)
        #expect(code.httpStatus == status)
        #expect(IoTHubErrorCode(name: name) == code)
    }

    @Test("an unknown number survives", arguments: [(418_007, 418), (7, 500), (-1, 500), (Int.max, 500)])
    func unknown(number: Int, status: Int) {
        let code = IoTHubErrorCode(rawValue: number)
        #expect(code.rawValue == number)
        #expect(code.name == "Unknown")
        #expect(code.httpStatus == status)
    }
}

@Suite("PercentEncoding")
struct PercentEncodingTests {
    @Test(
        "encoded and back",
        arguments: [("a/b c", "a%2Fb%20c"), ("é", "%C3%A9"), ("a-b_c.d~e", "a-b_c.d~e"), ("100%", "100%25"), ("", "")]
    )
    func roundTrip(plain: String, encoded: String) {
        #expect(PercentEncoding.encode(plain) == encoded)
        #expect(PercentEncoding.decode(encoded) == plain)
    }

    @Test(
        "what is no escape stays",
        arguments: [("%", "%"), ("%4", "%4"), ("%zz", "%zz"), ("a+b", "a+b"), ("%2f%2F", "//")]
    )
    func lenient(text: String, decoded: String) {
        #expect(PercentEncoding.decode(text) == decoded)
    }
}
