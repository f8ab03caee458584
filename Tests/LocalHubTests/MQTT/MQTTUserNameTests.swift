import Testing

@testable import LocalHub

@Suite("the user name of a CONNECT")
struct MQTTUserNameTests {
    struct Expected: Sendable {
        var host: String
        var apiVersion: String?
        var modelID: String?
    }

    @Test(
        "the forms that SDKs send",
        arguments: [
            (
                "myhub.azure-devices.net/dev1/?api-version=2019-10-01&DeviceClientType=azure-iot-device-iothub-py%2F2.14.0",
                Expected(host: "myhub.azure-devices.net", apiVersion: "2019-10-01")
            ),
            (
                "h/dev1/?api-version=2020-09-30&DeviceClientType=x&model-id=dtmi%3Acom%3Aexample%3BThing%3B1",
                Expected(host: "h", apiVersion: "2020-09-30", modelID: "dtmi:com:example;Thing;1")
            ),
            ("h/dev1/api-version=2016-11-14&DeviceClientType=x", Expected(host: "h", apiVersion: "2016-11-14")),
            ("h/dev1/?DeviceClientType&api-version=2021-04-12", Expected(host: "h", apiVersion: "2021-04-12")),
            ("h/dev1", Expected(host: "h")),
            ("h/dev1/", Expected(host: "h")),
            ("h/dev1/?api-version=", Expected(host: "h")),
        ] as [(String, Expected)]
    )
    func forms(text: String, expected: Expected) throws {
        let name = try #require(MQTTUserName(text, clientID: "dev1"))
        #expect(name.host == expected.host)
        #expect(name.apiVersion == expected.apiVersion)
        #expect(name.modelID == expected.modelID)
    }

    @Test(
        "the id part must be the client id",
        arguments: [
            "", "h", "h/", "/dev1/?api-version=1", "h/dev2/?api-version=1", "h/dev1x/?api-version=1",
            "h/DEV1/?api-version=1", "dev1",
        ]
    )
    func mismatches(text: String) {
        #expect(MQTTUserName(text, clientID: "dev1") == nil)
    }

    @Test("an id may hold characters that mean something elsewhere", arguments: ["a?b=c", "a#b", "100%25", "$x"])
    func oddIDs(id: String) {
        #expect(MQTTUserName("h/\(id)/?api-version=1", clientID: id)?.apiVersion == "1")
    }
}
