import IoTHub
import NIOCore
import Testing

@testable import LocalHub

@Suite("answers to twin requests")
struct MQTTTwinAnswerTests {
    @Test("topics have the request id first and as it was, then the version")
    func topics() {
        #expect(
            MQTTTwinAnswer.twin([0x7B, 0x7D], requestID: "a%20/b")
                == .publish(MQTTDelivery(topic: "$iothub/twin/res/200/?$rid=a%20/b", payload: [0x7B, 0x7D]))
        )
        #expect(
            MQTTTwinAnswer.reported(version: 5, requestID: "1")
                == .publish(MQTTDelivery(topic: "$iothub/twin/res/204/?$rid=1&$version=5", payload: []))
        )
    }

    @Test("a failure says what and when, as the real hub does")
    func failure() throws {
        let answer = MQTTTwinAnswer.failure(
            IoTHubError(.argumentInvalid, "no"),
            requestID: "1",
            at: try HubTimestamp(parsing: "2021-01-12T22:23:43.6426124Z")
        )
        guard case .publish(let delivery) = answer else {
            Issue.record("no PUBLISH: \(answer)")
            return
        }
        #expect(delivery.topic == "$iothub/twin/res/400/?$rid=1")
        let body = try JSON(parsing: delivery.payload)
        #expect(body["errorCode"] == 400004)
        #expect(body["message"] == "no")
        #expect(body["timestampUtc"] == "2021-01-12T22:23:43.6426124Z")
        let trackingID = try #require(body["trackingId"]?.stringValue)
        #expect(trackingID.wholeMatch(of: /[0-9a-f]{32}-G:7-TimeStamp:01\/12\/2021 22:23:43/) != nil)
    }

    @Test(
        "patches are applied, or refused with the status that says why",
        arguments: [
            (#"{"a":1}"#, .any, 204), (#"{"a":1}"#, .exactly(1), 204), (#"{}"#, .any, 204),
            (#"{"a":1}"#, .exactly(2), 412), (#"{"a":1}"#, .malformed("x"), 400), ("", .any, 400),
            (#"{"a":"#, .any, 400), ("[1]", .any, 400), ("\u{0}", .any, 400), (#"{"a.b":1}"#, .any, 400),
            (#"{"a":[{"b":null}]}"#, .any, 400),
            (
                "{\"a\":[" + (0..<9).map { _ in "\"\(String(repeating: "x", count: 4_000))\"" }.joined(separator: ",")
                    + "]}", .any, 413
            ),
        ] as [(String, MQTTDeviceTopic.ExpectedVersion, Int)]
    )
    func patches(body: String, version: MQTTDeviceTopic.ExpectedVersion, status: Int) throws {
        let registry = TwinRegistry()
        try registry.createDevice(Device(id: "dev1"))
        let patch = MQTTReportedPatch(
            requestID: "1",
            expectedVersion: version,
            body: ByteBuffer(string: body),
            hasAPIVersion: true
        )
        do throws(IoTHubError) {
            #expect(try patch.apply(to: registry, deviceID: "dev1") == 2)
            #expect(status == 204)
        } catch {
            #expect(error.code.httpStatus == status, "\(error)")
        }
    }

    @Test("a device that named no api-version may not report")
    func apiVersion() throws {
        let registry = TwinRegistry()
        try registry.createDevice(Device(id: "dev1"))
        let patch = MQTTReportedPatch(
            requestID: "1",
            expectedVersion: .any,
            body: ByteBuffer(string: "{}"),
            hasAPIVersion: false
        )
        #expect(throws: IoTHubError.self) { try patch.apply(to: registry, deviceID: "dev1") }
    }
}
