import Testing

@testable import DeviceClient

@Suite struct MQTTFaultTests {
    @Test(
        "CONNACK codes have their reasons, and only what may pass is transient",
        arguments: [
            (1, DeviceClientError.Reason.notSupported, false), (2, .invalidArgument, false), (3, .communication, true),
            (4, .unauthorized, false), (5, .unauthorized, false), (9, .communication, true),
        ]
    )
    func refusals(_ code: Int32, _ reason: DeviceClientError.Reason, _ isTransient: Bool) throws {
        let error = try #require(MQTTFault.refusal(code: code, deviceID: "press-1"))
        #expect(error.reason == reason)
        #expect(error.isTransient == isTransient)
        if code != 1 { #expect(error.message.contains("press-1")) }
    }

    @Test("an acceptance is no fault")
    func acceptance() { #expect(MQTTFault.refusal(code: 0, deviceID: "d") == nil) }

    @Test("a certificate problem comes before everything else")
    func certificate() {
        let fault = MQTTFault(peer: "127.0.0.1:1", serverName: "hub", isHandshaking: true)
        let error = fault.error(
            code: 8,
            libraryText: "x",
            systemCode: 104,
            certificateProblem: "certificate has expired",
            alert: "y"
        )
        #expect(error.reason == .untrustedCertificate)
        #expect(error.message.contains("certificate has expired"))
        #expect(error.message.contains("'hub'"))
    }

    @Test("a failed connect says what the system says")
    func system() {
        let connecting = MQTTFault(peer: "127.0.0.1:1", serverName: "hub", isHandshaking: true)
        func error(_ code: Int32) -> DeviceClientError {
            connecting.error(code: 14, libraryText: "x", systemCode: code, certificateProblem: nil, alert: nil)
        }
        #expect(error(111).message.contains("Connection refused"))
        #expect(error(111).isTransient)
        #expect(error(24).reason == .systemLimit)
    }
}
