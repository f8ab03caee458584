import IoTHub
import TestKit
import Testing

@testable import ServiceClient

/// What goes over the wire, and how bulk answers are read.
@Suite(.timeLimit(.minutes(1))) struct RequestTests {
    @Test("ids are percent-encoded, the API version is in the query, the token in its header")
    func head() async throws {
        try await ScriptedHub.with([.response(status: 404)]) { manager, server in
            await #expect(throws: ServiceClientError.self) { try await manager.getTwin("a#b?c%d:e") }
            let request = try #require(server.requests.first)
            #expect(request.method == "GET")
            #expect(request.uri == "/twins/a%23b%3Fc%25d%3Ae?api-version=2021-04-12")
            #expect(request.header("authorization")?.hasPrefix("SharedAccessSignature sr=127.0.0.1&sig=") == true)
            #expect(request.header("if-match") == nil)
        }
    }

    @Test("a twin update carries the quoted entity tag, or a quoted star")
    func ifMatch() async throws {
        try await ScriptedHub.with([.response(status: 412), .response(status: 412)]) { manager, server in
            await #expect(throws: ServiceClientError.self) { try await manager.updateTwin("d", patch: [:]) }
            await #expect(throws: ServiceClientError.self) {
                try await manager.updateTwin("d", patch: [:], etag: ETag(rawValue: "AAAAAAAAAAE="))
            }
            #expect(server.requests.map { $0.header("if-match") } == [#""*""#, #""AAAAAAAAAAE=""#])
            #expect(server.requests.map(\.method) == ["PATCH", "PATCH"])
        }
    }

    @Test("a bulk request has the API's names and unquoted entity tags")
    func bulkBody() async throws {
        let success = #"{"isSuccessful":true,"errors":[],"warnings":[]}"#
        try await ScriptedHub.with([.response(status: 200, body: success)]) { manager, server in
            let result = try await manager.updateTwins2([
                TwinUpdate(deviceID: "a", tags: ["t": 1], desired: ["x": nil]),
                TwinUpdate(deviceID: "b", etag: ETag(rawValue: "AAAAAAAAAAE="), desired: ["x": 2]),
            ])
            #expect(result == BulkRegistryOperationResult(isSuccessful: true))
            let request = try #require(server.requests.first)
            #expect(request.method == "POST")
            #expect(request.uri == "/devices?api-version=2021-04-12")
            #expect(
                try JSON(parsing: request.body) == [
                    ["id": "a", "importMode": "updateTwin", "tags": ["t": 1], "properties": ["desired": ["x": nil]]],
                    [
                        "id": "b", "importMode": "updateTwinIfMatchETag", "twinETag": "AAAAAAAAAAE=",
                        "properties": ["desired": ["x": 2]],
                    ],
                ]
            )
        }
    }

    @Test("400 with a result as its body is a result")
    func partialFailure() async throws {
        let body = """
            {"isSuccessful":false,"errors":[{"deviceId":"a","errorCode":"DeviceNotFound","errorStatus":"gone"},\
            {"deviceId":"b","errorCode":412001,"errorStatus":"etag"},{"deviceId":"c","errorCode":"Novel"}],\
            "warnings":[{"deviceId":"d","warningCode":"W","warningStatus":"hm"}]}
            """
        try await ScriptedHub.with([.response(status: 400, body: body)]) { manager, _ in
            let result = try await manager.removeDevices2(["a", "b", "c", "d"])
            #expect(
                result
                    == BulkRegistryOperationResult(
                        isSuccessful: false,
                        errors: [
                            BulkError(deviceID: "a", code: .deviceNotFound, status: "gone"),
                            BulkError(deviceID: "b", code: .preconditionFailed, status: "etag"),
                            BulkError(deviceID: "c", code: nil, status: ""),
                        ],
                        warnings: [BulkWarning(deviceID: "d", code: "W", status: "hm")]
                    )
            )
        }
    }

    @Test("400 with an error as its body is an error")
    func bulkRefused() async throws {
        let body = #"{"Message":"ErrorCode:DeviceDefinedMultipleTimes;a"}"#
        try await ScriptedHub.with([.response(status: 400, body: body)]) { manager, _ in
            let error = await #expect(throws: ServiceClientError.self) { try await manager.removeDevices2(["a", "a"]) }
            #expect(error?.code == .deviceDefinedMultipleTimes)
        }
    }

    @Test("what the hub would refuse anyway is not sent")
    func refusedHere() async throws {
        try await ScriptedHub.with([]) { manager, server in
            let many = (0...100).map { "d\($0)" }
            let calls: [() async throws -> Void] = [
                { _ = try await manager.removeDevices2(many) }, { _ = try await manager.removeDevices2(["a b"]) },
                { _ = try await manager.getTwin("") }, { _ = try await manager.getDevice("a/b") },
            ]
            for call in calls {
                let error = await #expect(throws: ServiceClientError.self) { try await call() }
                #expect(error?.reason == .invalidArgument)
            }
            let nothing = try await manager.bulk([])
            #expect(nothing.isSuccessful)
            #expect(server.requests.isEmpty)
        }
    }
}
