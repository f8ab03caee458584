import AMQPEngine
import Foundation
import IoTHub
import Testing

@testable import DeviceClient

@Suite struct TwinMessageTests {
    @Test("requests carry their operation, resource and version as symbols, and their id as a string")
    func requests() throws {
        let get = try AMQPMessage(decoding: TwinMessage.request(.get, rid: 7))
        #expect(get.properties.correlationID == .string("7"))
        #expect(get.annotations == [.symbol("operation"): .string("GET")])
        #expect(get.body == .none)
        let patch = try AMQPMessage(
            decoding: TwinMessage.request(.patchReported(Array("{}".utf8), ifVersion: nil), rid: .max)
        )
        #expect(patch.properties.correlationID == .string("18446744073709551615"))
        #expect(patch.annotations[symbol: "operation"] == .string("PATCH"))
        #expect(patch.annotations[symbol: "resource"] == .string("/properties/reported"))
        #expect(patch.annotations[symbol: "version"] == .null)
        #expect(patch.body == .data([Array("{}".utf8)]))
        let guarded = try AMQPMessage(decoding: TwinMessage.request(.patchReported([], ifVersion: 3), rid: 1))
        #expect(guarded.annotations[symbol: "version"] == .long(3))
        let put = try AMQPMessage(decoding: TwinMessage.subscription(isOn: true, number: 2))
        #expect(put.annotations[symbol: "operation"] == .string("PUT"))
        #expect(put.annotations[symbol: "resource"] == .string("/notifications/twin/properties/desired"))
        let delete = try AMQPMessage(decoding: TwinMessage.subscription(isOn: false, number: 2))
        #expect(delete.annotations[symbol: "operation"] == .string("DELETE"))
    }

    @Test("an answer keeps its id, status, version and body, whatever width its numbers have")
    func answers() throws {
        let answer = try answered(.string("12"), ["status": .int(204), "version": .long(31)])
        #expect(answer.rid == 12 && answer.status == 204 && answer.version == 31 && answer.body == nil)
        let error = try answered(.string("1"), ["status": .ushort(400)], #"{"message":"no"}"#)
        #expect(error.status == 400 && error.body?["message"] == "no")
        #expect(try answered(.string("1"), ["status": .int(500)], "no JSON").body == nil)
    }

    @Test("the answer to a subscription is told apart by its number")
    func subscriptions() throws {
        let request = try AMQPMessage(decoding: TwinMessage.subscription(isOn: true, number: 9))
        let id = try #require(request.properties.correlationID)
        guard case .subscriptionAnswer(9, 200) = read(id, ["status": .int(200)]) else { throw Unexpected() }
    }

    @Test(
        "answers to others are left alone",
        arguments: [AMQPMessageID.uuid(UUID()), .ulong(1), .binary([49]), .string("Get1"), .string("-1"), .string("")]
    )
    func foreign(_ id: AMQPMessageID) throws {
        guard case .foreign = read(id, ["status": .int(200)]) else { throw Unexpected() }
    }

    @Test("without a correlation id it is a notification, with the version of the body, else of the annotation")
    func notifications() throws {
        guard case .event(.desired(8, _)) = read(nil, ["version": .long(8)], #"{"a":1}"#) else { throw Unexpected() }
        guard case .event(.desired(9, let section)) = read(nil, ["version": .long(8)], #"{"a":1,"$version":9}"#) else {
            throw Unexpected()
        }
        #expect(section.values == ["a": 1])
    }

    @Test("what is none of it is told, and nothing stops")
    func malformed() throws {
        let messages: [TwinMessage.Incoming] = [
            read(nil, ["version": .long(8)], "[]"), read(nil, [:], "{}"), read(nil, ["version": .long(8)]),
            read(.string("1"), [:]), read(.string("1"), ["status": .int(7)]),
            read(.string("1"), ["status": .string("200")]), TwinMessage.read([0, 0x53]),
            TwinMessage.read(Array("hello".utf8)),
        ]
        for message in messages {
            guard case .event(.malformed(let words)) = message else { throw Unexpected() }
            #expect(!words.isEmpty)
        }
    }

    private struct Unexpected: Error {}

    private func read(
        _ id: AMQPMessageID?,
        _ annotations: [String: AMQPValue],
        _ body: String? = nil
    ) -> TwinMessage.Incoming {
        var message = AMQPMessage()
        message.properties.correlationID = id
        for (name, value) in annotations { message.annotations[symbol: name] = value }
        if let body { message.body = .data([Array(body.utf8)]) }
        return TwinMessage.read(message.encoded)
    }

    private func answered(
        _ id: AMQPMessageID,
        _ annotations: [String: AMQPValue],
        _ body: String? = nil
    ) throws -> TwinAnswer {
        guard case .event(.answered(let answer)) = read(id, annotations, body) else { throw Unexpected() }
        return answer
    }
}
