import IoTHub
import TestKit
import Testing

@testable import ServiceClient

/// What exactly a twin write sends.
@Suite(.timeLimit(.minutes(1))) struct TwinWriteTests {
    /// Runs one write of a twin that a scripted hub had sent, and returns the requests.
    private func requests(
        _ change: (inout Twin) -> Void,
        _ write: (RegistryManager, Twin) async throws -> Void = { manager, twin in
            try await manager.updateTwin("d", twinPatch: twin, etag: twin.etag)
        }
    ) async throws -> [ScriptedHTTPServer.Request] {
        let answer = ScriptedHTTPServer.Answer.response(status: 200, body: ScriptedHub.twin)
        var requests: [ScriptedHTTPServer.Request] = []
        try await ScriptedHub.with([answer, answer]) { manager, server in
            var twin = try await manager.getTwin("d")
            change(&twin)
            try await write(manager, twin)
            requests = server.requests
        }
        return Array(requests.dropFirst())
    }

    @Test("of a twin that was read only the changed members are sent, removed ones as null")
    func minimalPatch() async throws {
        let sent = try await requests { twin in
            twin.tags["location.plant"] = "44"
            twin.tags["location.region"] = "US"
            twin.properties.desired["fan.on"] = nil
            twin.properties.desired["a"] = .null
            twin.properties.desired["led.color"] = "green"
            twin.properties.reported["x"] = 2
        }
        let request = try #require(sent.first)
        #expect(sent.count == 1)
        #expect(request.method == "PATCH")
        #expect(request.header("if-match") == #""AAAAAAAAAAI=""#)
        #expect(
            request.body
                == #"{"tags":{"location":{"plant":"44"}},"properties":{"desired":{"a":null,"fan":{"on":null},"#
                + #""led":{"color":"green"}}}}"#
        )
    }

    @Test("a section that is put in place as a whole is sent as its difference")
    func assignment() async throws {
        let sent = try await requests { $0.properties.desired = ["fan": ["rpm": 900, "on": false]] }
        #expect(sent.map(\.body) == [#"{"properties":{"desired":{"fan":{"on":false},"a":null}}}"#])
    }

    @Test("nothing changed: nothing is written, the twin is read")
    func unchanged() async throws {
        let sent = try await requests { twin in
            twin.tags["location.plant"] = "44"
            twin.tags["location.plant"] = "43"
            twin.properties.reported["x"] = 2
        }
        #expect(sent.map(\.method) == ["GET"])
    }

    @Test("a twin made by hand sends all that it has")
    func byHand() async throws {
        let hand = Twin(tags: ["t": nil], desired: ["b": 2])
        let sent = try await requests({ _ in }) { manager, _ in try await manager.updateTwin("d", twinPatch: hand) }
        #expect(sent.map(\.body) == [#"{"tags":{"t":null},"properties":{"desired":{"b":2}}}"#])
        #expect(sent.first?.header("if-match") == #""*""#)
    }

    @Test("a replacement sends both sections whole, without what only the hub writes")
    func replacement() async throws {
        let sent = try await requests({ $0.tags = [:] }) { manager, twin in
            try await manager.replaceTwin("d", newTwin: twin, etag: twin.etag)
        }
        #expect(sent.map(\.method) == ["PUT"])
        #expect(
            sent.map(\.body) == [#"{"tags":{},"properties":{"desired":{"a":1,"fan":{"rpm":900,"on":true}}}}"#]
        )
    }

    @Test("a whole twin as JSON text is cut to what a service may write")
    func text() async throws {
        let sent = try await requests({ _ in }) { manager, _ in
            try await manager.updateTwin("d", jsonTwinPatch: ScriptedHub.twin)
        }
        #expect(
            sent.map(\.body) == [
                #"{"tags":{"location":{"region":"US","plant":"43"}},"#
                    + #""properties":{"desired":{"a":1,"fan":{"rpm":900,"on":true}}}}"#
            ]
        )
    }

    @Test("many twins: each with its own changes and ETag, those without changes left out")
    func bulk() async throws {
        let success = #"{"isSuccessful":true,"errors":[],"warnings":[]}"#
        try await ScriptedHub.with([.response(status: 200, body: success), .response(status: 200, body: success)]) {
            manager,
            server in
            let read = try Twin(json: JSON(parsing: ScriptedHub.twin))
            var changed = read
            changed.deviceID = "e"
            changed.properties.desired["a"] = 2
            try await manager.updateTwins2([read, changed])
            try await manager.updateTwins2([changed], forceUpdate: true)
            let nothing = try await manager.updateTwins2([read])
            #expect(nothing.isSuccessful)
            #expect(
                server.requests.map(\.body) == [
                    #"[{"id":"e","importMode":"updateTwinIfMatchETag","twinETag":"AAAAAAAAAAI=","#
                        + #""properties":{"desired":{"a":2}}}]"#,
                    #"[{"id":"e","importMode":"updateTwin","properties":{"desired":{"a":2}}}]"#,
                ]
            )
            let error = await #expect(throws: ServiceClientError.self) {
                try await manager.updateTwins2([Twin(deviceID: "h", desired: ["a": 1])])
            }
            #expect(error?.message == "device 'h' has no etag; read it from the hub first, or force the write")
        }
    }
}
