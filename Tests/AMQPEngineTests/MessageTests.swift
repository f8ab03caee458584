import Foundation
import TestKit
import Testing

@testable import AMQPEngine

@Suite("messages")
struct MessageTests {
    static var full: AMQPMessage {
        var message = AMQPMessage(body: .data([[1, 2], [], [3]]))
        message.header = AMQPMessageHeader()
        message.header?.isDurable = true
        message.header?.priority = 9
        message.header?.timeToLive = 1000
        message.header?.deliveryCount = 3
        message.deliveryAnnotations = [.symbol("d"): .ulong(1)]
        message.annotations = [.symbol("x-opt-sequence-number"): .ulong(9), .symbol("iothub-deliverycount"): .byte(1)]
        message.properties.messageID = .uuid(UUID())
        message.properties.userID = [9]
        message.properties.to = "/devices/press/messages/devicebound"
        message.properties.subject = "s"
        message.properties.replyTo = "r"
        message.properties.correlationID = .binary([1])
        message.properties.contentType = "application/json"
        message.properties.contentEncoding = "utf-8"
        message.properties.absoluteExpiryTime = 5
        message.properties.creationTime = 6
        message.properties.groupID = "g"
        message.properties.groupSequence = 7
        message.properties.replyToGroupID = "rg"
        message.applicationProperties = [.string("k"): .string("v"), .string("n"): .double(1.5)]
        message.footer = [.symbol("f"): .null]
        return message
    }

    @Test("every section comes back as it was")
    func roundTrip() throws {
        var message = Self.full
        #expect(try AMQPMessage(decoding: message.encoded) == message)
        for body: AMQPMessage.Body in [
            .none, .data([[]]), .value(.null), .value(.map([.int(1): .null])), .sequence([[.int(1)], []]),
        ] {
            message.body = body
            #expect(try AMQPMessage(decoding: message.encoded) == message)
            #expect(try AMQPMessage(decoding: AMQPMessage(body: body).encoded) == AMQPMessage(body: body))
        }
        #expect(AMQPMessage().encoded.isEmpty)
    }

    @Test("content type and encoding are symbols, ids have their types")
    func exactTypes() {
        var message = AMQPMessage()
        message.properties.contentType = "a"
        #expect(message.encoded == [0, 0x53, 0x73, 0xC0, 10, 7, 0x40, 0x40, 0x40, 0x40, 0x40, 0x40, 0xA3, 1, 0x61])
        message = AMQPMessage()
        message.properties.messageID = .ulong(0)
        #expect(message.encoded == [0, 0x53, 0x73, 0xC0, 2, 1, 0x44])
    }

    @Test("sections out of order, twice, or of the wrong kind are refused")
    func order() {
        func section(_ code: UInt8, _ value: AMQPValue) -> [UInt8] { [0, 0x53, code] + value.encoded }
        let data = section(0x75, .binary([1]))
        let bad: [[UInt8]] = [
            section(0x73, .list([])) + section(0x72, .map([:])), section(0x72, .map([:])) + section(0x72, .map([:])),
            data + section(0x77, .null), section(0x77, .null) + section(0x77, .null), data + section(0x76, .list([])),
            section(0x75, .string("x")), section(0x76, .map([:])), section(0x74, .list([])), section(0x70, .map([:])),
            section(0x79, .null), section(0x10, .list([])), [0x41], [0, 0xA3, 1, 0x61, 0x40], data + [0],
            section(0x73, .list([.int(1)])), section(0x73, .list([.null, .string("x")])),
            section(0x70, .list([.string("x")])), [0, 0x53, 0x73, 0xC0, 3, 2, 0x44],
        ]
        for bytes in bad {
            #expect(throws: AMQPError.self, "\(bytes)") { try AMQPMessage(decoding: bytes) }
        }
    }

    @Test("fifty thousand tiny sections are read in one go, and more are refused")
    func manySections() throws {
        let section: [UInt8] = [0, 0x53, 0x75, 0xA0, 0]
        let bytes = [[UInt8]](repeating: section, count: 50_000).flatMap { $0 }
        let message = try AMQPMessage(decoding: bytes)
        #expect(message.body == .data([[UInt8]](repeating: [], count: 50_000)))
        #expect(throws: AMQPError.self) { try AMQPMessage(decoding: bytes + section) }
    }

    @Test("damaged messages never crash the reader", arguments: [11, 12] as [UInt64])
    func fuzz(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let original = Self.full.encoded
        var good = 0
        for _ in 0..<10_000 {
            let bytes = Damage.apply(to: original, using: &generator)
            if let message = try? AMQPMessage(decoding: bytes) {
                good += 1
                // What was read is written, and read as the same; by bytes, since NaN is not equal to itself.
                if (try? AMQPMessage(decoding: message.encoded))?.encoded != message.encoded {
                    Issue.record("\(bytes) is not stable")
                }
            }
        }
        #expect(good > 100)
    }
}
