import Testing

@testable import DeviceClient

@Suite struct TwinTopicTests {
    @Test(
        "topics of the hub are taken apart",
        arguments: [
            ("$iothub/twin/PATCH/properties/desired/?$version=8", TwinTopic.desired(version: 8)),
            ("$iothub/twin/PATCH/properties/desired/?a=b&$version=8", .desired(version: 8)),
            ("$iothub/twin/PATCH/properties/desired/", .desired(version: nil)),
            ("$iothub/twin/PATCH/properties/desired/?$version=99999999999999999999", .desired(version: nil)),
            ("$iothub/twin/res/200/?$rid=7", .response(status: 200, rid: 7, version: nil)),
            ("$iothub/twin/res/204/?$rid=12&$version=31", .response(status: 204, rid: 12, version: 31)),
            ("$iothub/twin/res/204/?$rid=&$version=31", .response(status: 204, rid: nil, version: 31)),
            ("$iothub/twin/res/204/?$rid=9850c219-b74c", .response(status: 204, rid: nil, version: nil)),
            ("$iothub/twin/res/204/", .response(status: 204, rid: nil, version: nil)),
            (
                "$iothub/twin/res/400/?$rid=18446744073709551615",
                .response(status: 400, rid: UInt64.max, version: nil)
            ),
            ("$iothub/twin/res/204/?$rid=18446744073709551616", .response(status: 204, rid: nil, version: nil)),
            ("$iothub/twin/res/20x/?$rid=1", .other),
            ("$iothub/twin/res/", .other),
            ("$iothub/twin/res/1/?$rid=1", .other),
            ("$iothub/methods/POST/x/?$rid=1", .other),
            ("", .other),
        ]
    )
    func parse(_ topic: String, _ expected: TwinTopic) {
        let parsed = Array(topic.utf8).withUnsafeBytes { TwinTopic($0) }
        #expect(parsed == expected)
    }

    @Test("request topics end in the decimal id", arguments: [0, 7, 10, 1_234_567_890, UInt64.max])
    func requests(_ rid: UInt64) {
        #expect(
            TwinTopic.withRequest(TwinTopic.get, rid: rid) { String(cString: $0) } == "$iothub/twin/GET/?$rid=\(rid)"
        )
        #expect(
            TwinTopic.withRequest(TwinTopic.patchReported, rid: rid) { String(cString: $0) }
                == "$iothub/twin/PATCH/properties/reported/?$rid=\(rid)"
        )
    }

    @Test("a patch for a certain version says so in its topic")
    func guardedPatch() {
        func topic(_ version: Int64?) -> String {
            TwinTopic.withRequest(TwinTopic.patchReported, rid: 7, version: version) { String(cString: $0) }
        }
        #expect(topic(31) == "$iothub/twin/PATCH/properties/reported/?$rid=7&$version=31")
        #expect(topic(nil) == "$iothub/twin/PATCH/properties/reported/?$rid=7")
    }

    @Test("what is not as promised becomes a remark, never a crash")
    func malformed() {
        let cases = [
            ("$iothub/twin/PATCH/properties/desired/?$version=8", "[1]"),
            ("$iothub/twin/PATCH/properties/desired/?$version=8", ""),
            ("$iothub/twin/PATCH/properties/desired/", "{}"),
            ("devices/d/messages/devicebound/", "x"),
        ]
        for (topic, body) in cases {
            guard case .malformed = event(topic, body) else {
                Issue.record("\(topic) with \(body) was taken for good")
                continue
            }
        }
        #expect(event("$iothub/twin/res/200/?$rid=abc", "{}") == nil)
    }

    @Test("a notification's version is the body's, else the topic's")
    func versions() throws {
        let topic = "$iothub/twin/PATCH/properties/desired/?$version=8"
        guard case .desired(8, _) = try #require(event(topic, #"{"a":1}"#)) else { throw Unexpected() }
        guard case .desired(9, _) = try #require(event(topic, #"{"a":1,"$version":9}"#)) else { throw Unexpected() }
    }

    @Test("an answer keeps its status, version and body")
    func answers() throws {
        let topic = "$iothub/twin/res/400/?$rid=3&$version=5"
        guard case .answered(let answer) = try #require(event(topic, #"{"message":"no"}"#)) else { throw Unexpected() }
        #expect(answer.rid == 3)
        #expect(answer.version == 5)
        let error = try #require(answer.error(expecting: 204))
        #expect(error.reason == .badRequest)
        #expect(error.status == 400)
        #expect(error.message.contains("no"))
    }

    @Test(
        "statuses of the hub have their reasons",
        arguments: [
            (401, DeviceClientError.Reason.unauthorized), (404, .deviceNotFound), (412, .preconditionFailed),
            (413, .tooLarge), (429, .throttled), (500, .serverError), (504, .serverError), (418, .badRequest),
        ]
    )
    func statuses(_ status: Int, _ reason: DeviceClientError.Reason) {
        #expect(TwinAnswer(rid: 1, status: status, version: nil, body: nil).error(expecting: 204)?.reason == reason)
        #expect(TwinAnswer(rid: 1, status: status, version: nil, body: nil).error(expecting: status) == nil)
    }

    private struct Unexpected: Error {}

    private func event(_ topic: String, _ body: String) -> LinkEvent? {
        Array(topic.utf8).withUnsafeBytes { topic in
            Array(body.utf8).withUnsafeBytes { LinkEvent(topic: topic, payload: $0) }
        }
    }
}
