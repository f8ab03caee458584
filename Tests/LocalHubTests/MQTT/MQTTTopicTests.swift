import Testing

@testable import LocalHub

@Suite("topics of devices")
struct MQTTTopicTests {
    static let longID = String(repeating: "x", count: 1024)

    @Test(
        "topics that a device publishes to",
        arguments: [
            ("$iothub/twin/GET/?$rid=1", .twinGet(requestID: "1")),
            ("$iothub/twin/GET/?$rid=07d4308e-2d4f-4f3f", .twinGet(requestID: "07d4308e-2d4f-4f3f")),
            ("$iothub/twin/GET/?$rid=a%20b/c?d", .twinGet(requestID: "a%20b/c?d")),
            ("$iothub/twin/GET/?$rid=a=b", .twinGet(requestID: "a=b")),
            ("$iothub/twin/GET/?$rid=\u{301}e\u{301}", .twinGet(requestID: "\u{301}e\u{301}")),
            ("$iothub/twin/GET/?%24rid=1", .twinGet(requestID: "1")),
            ("$iothub/twin/GET/?$rid=" + longID, .twinGet(requestID: longID)),
            ("$iothub/twin/GET/?$rid=x" + longID, nil),
            ("$iothub/twin/GET/", .twinGet(requestID: nil)),
            ("$iothub/twin/GET/?", .twinGet(requestID: nil)),
            ("$iothub/twin/GET/?$rid=", .twinGet(requestID: nil)),
            ("$iothub/twin/GET/?$rid", nil),
            ("$iothub/twin/GET/x", nil),
            ("$iothub/twin/GET", nil),
            ("$iothub/twin/get/?$rid=1", nil),
            (
                "$iothub/twin/PATCH/properties/reported/?$rid=1",
                .reportedPatch(requestID: "1", expectedVersion: .any)
            ),
            (
                "$iothub/twin/PATCH/properties/reported/?$rid=1&$version=7",
                .reportedPatch(requestID: "1", expectedVersion: .exactly(7))
            ),
            (
                "$iothub/twin/PATCH/properties/reported/?$version=7&$rid=1&other=x",
                .reportedPatch(requestID: "1", expectedVersion: .exactly(7))
            ),
            (
                "$iothub/twin/PATCH/properties/reported/?$rid=1&$version=99999999999999999999",
                .reportedPatch(requestID: "1", expectedVersion: .malformed("99999999999999999999"))
            ),
            (
                "$iothub/twin/PATCH/properties/reported/",
                .reportedPatch(requestID: nil, expectedVersion: .any)
            ),
            ("$iothub/twin/PATCH/properties/desired/?$rid=1", nil),
            ("$iothub/twin/res/200/?$rid=1", nil),
            ("$iothub/methods/res/200/?$rid=1", .methodResponse(status: 200, requestID: "1")),
            ("$iothub/methods/res/ok/?$rid=1", nil),
            ("$iothub/methods/res/99999999999999999999/?$rid=1", nil),
            ("$iothub/methods/res/200/", nil),
            ("$iothub/methods/res/200", nil),
            ("devices/dev1/messages/events/", .telemetry(properties: "")),
            ("devices/dev1/messages/events", .telemetry(properties: "")),
            ("devices/dev1/messages/events/%24.mid=id%201&k=v", .telemetry(properties: "%24.mid=id%201&k=v")),
            ("devices/dev1/messages/events/k=v/", .telemetry(properties: "k=v")),
            ("devices/dev1/messages/eventsx", nil),
            ("devices/dev2/messages/events/", nil),
            ("devices/dev1/messages/devicebound/", nil),
            ("devices/dev1", nil),
            ("foreign", nil),
            ("/", nil),
        ] as [(String, MQTTDeviceTopic?)]
    )
    func topics(text: String, topic: MQTTDeviceTopic?) {
        #expect(MQTTDeviceTopic(text, deviceID: "dev1") == topic)
    }

    @Test(
        "filters that a device subscribes to",
        arguments: [
            ("$iothub/twin/res/#", .twinResponses),
            ("$iothub/twin/PATCH/properties/desired/#", .desiredProperties),
            ("devices/dev1/messages/devicebound/#", .cloudToDevice),
            ("$iothub/methods/POST/#", .methods),
            ("devices/dev2/messages/devicebound/#", nil),
            ("$iothub/twin/res/", nil),
            ("$iothub/twin/RES/#", nil),
            ("#", nil),
            ("+/#", nil),
        ] as [(String, MQTTDeviceFilter?)]
    )
    func filters(text: String, filter: MQTTDeviceFilter?) {
        #expect(MQTTDeviceFilter(text, deviceID: "dev1") == filter)
    }

    @Test("each filter keeps a quality of service of its own, QoS 2 as 1")
    func subscriptionSet() {
        var set = MQTTSubscriptionSet()
        for filter in MQTTDeviceFilter.allCases { #expect(set[filter] == nil) }
        set[.twinResponses] = .atMostOnce
        set[.desiredProperties] = .atLeastOnce
        set[.methods] = .exactlyOnce
        #expect(set[.twinResponses] == .atMostOnce)
        #expect(set[.desiredProperties] == .atLeastOnce)
        #expect(set[.cloudToDevice] == nil)
        #expect(set[.methods] == .atLeastOnce)
        set[.desiredProperties] = nil
        #expect(set[.desiredProperties] == nil)
        #expect(set[.methods] == .atLeastOnce)
    }
}
