import Foundation
import Testing

@testable import AMQPEngine

@Suite("conversations of devices with a hub")
struct ConversationTests {
    static let ids: [AMQPMessageID] = [
        .ulong(0), .ulong(.max), .uuid(UUID()), .string("Get0f8fad5b"), .binary([0, 1, 255]),
    ]

    @Test("put-token is answered with an id of the same type", arguments: ids)
    func putToken(id: AMQPMessageID) throws {
        let pair = TestPair.opened()
        pair.serve = { server, event in
            guard case .delivery(let delivery) = event, let request = try? AMQPMessage(decoding: delivery.bytes),
                let replies = delivery.link.session.links.first(where: { $0.role == .sender })
            else { return false }
            var reply = AMQPMessage(body: .value(.null))
            reply.properties.correlationID = request.properties.messageID
            reply.applicationProperties = [
                .string("status-code"): .int(200), .string("status-description"): .string("OK"),
            ]
            do { try server.send(reply.encoded, over: replies, settled: true) } catch { Issue.record(error) }
            return false
        }
        let session = try pair.session()
        let sender = try pair.attach(.sender, "$cbs-sender", in: session, address: "$cbs")
        var options = AMQPLinkOptions()
        options.creditWindow = 10
        _ = try pair.attach(.receiver, "$cbs-receiver", in: session, address: "$cbs", options)
        var request = AMQPMessage(body: .value(.string("SharedAccessSignature sr=hub.example%2Fdevices%2Fpress&sig=…")))
        request.properties.messageID = id
        request.properties.to = "$cbs"
        request.properties.replyTo = "cbs"
        request.applicationProperties = [
            .string("operation"): .string("put-token"), .string("name"): .string("hub.example/devices/press"),
            .string("expiration"): .timestamp(1_700_000_000_000),
        ]
        try pair.client.send(request.encoded, over: sender)
        pair.exchange()
        #expect(pair.clientEvents.settled.map(\.outcome) == [.accepted])
        let seen = try AMQPMessage(decoding: try #require(pair.serverEvents.deliveries.first).bytes)
        #expect(seen == request)
        let reply = try AMQPMessage(decoding: try #require(pair.clientEvents.deliveries.first).bytes)
        #expect(reply.properties.correlationID == id)
        #expect(reply.applicationProperties[string: "status-code"] == .int(200))
        #expect(reply.body == .value(.null))
    }

    @Test("a twin link pair: GET, PATCH with a long version, and a notification without an id", arguments: ids)
    func twin(id: AMQPMessageID) throws {
        let pair = TestPair.opened()
        let session = try pair.session()
        var settled = AMQPLinkOptions()
        settled.senderSettleMode = .settled
        settled.creditWindow = 20
        settled.properties = [.symbol("com.microsoft:channel-correlation-id"): .string("twin:1")]
        let up = try pair.attach(.sender, "TwinSenderLink", in: session, settled)
        _ = try pair.attach(.receiver, "TwinReceiverLink", in: session, settled)
        let down = try #require(pair.serverEvents.attached.last)

        var get = AMQPMessage(body: .data([[0x20]]))
        get.properties.correlationID = id
        get.annotations = [.symbol("operation"): .string("GET")]
        try pair.client.send(get.encoded, over: up, settled: true)
        var patch = AMQPMessage(body: .data([Array(#"{"speed":5}"#.utf8)]))
        patch.properties.correlationID = id
        patch.annotations = [
            .symbol("operation"): .string("PATCH"), .symbol("resource"): .string("/properties/reported"),
            .symbol("version"): .null,
        ]
        try pair.client.send(patch.encoded, over: up, settled: true)
        pair.exchange()
        #expect(try pair.serverEvents.deliveries.map { try AMQPMessage(decoding: $0.bytes) } == [get, patch])
        #expect(pair.serverEvents.deliveries.map(\.isSettled) == [true, true])

        var done = AMQPMessage()
        done.properties.correlationID = id
        done.annotations = [.symbol("status"): .int(204), .symbol("version"): .long(7)]
        var news = AMQPMessage(body: .data([Array(#"{"a":1,"$version":8}"#.utf8)]))
        news.annotations = [.symbol("resource"): .string("/properties/desired"), .symbol("version"): .long(8)]
        for message in [done, news] { try pair.server.send(message.encoded, over: down, settled: true) }
        pair.exchange()
        let answers = try pair.clientEvents.deliveries.map { try AMQPMessage(decoding: $0.bytes) }
        #expect(answers == [done, news])
        #expect(answers[0].annotations[symbol: "status"] == .int(204))
        #expect(answers[0].annotations[symbol: "version"] == .long(7))
        #expect(answers[0].body == .none)
        #expect(answers[1].properties.correlationID == nil)
        #expect(pair.clientEvents.failures.isEmpty)
    }
}
