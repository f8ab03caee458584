import Foundation
import Testing

@testable import AMQPEngine

@Suite("values and messages as bytes")
struct ValueTests {
    static let values: [AMQPValue] = [
        .null, .bool(true), .bool(false), .ubyte(0), .ubyte(255), .ushort(65_535), .uint(0), .uint(255), .uint(256),
        .uint(.max), .ulong(0), .ulong(255), .ulong(256), .ulong(.max), .byte(-128), .short(-32_768), .int(-1),
        .int(127), .int(128), .int(.min), .long(-128), .long(-129), .long(.max), .float(1.5), .double(-0.25),
        .decimal32(7), .decimal64(8), .decimal128(1, 2), .char(0x1F600), .timestamp(-1), .timestamp(1_700_000_000_000),
        .uuid(UUID()), .binary([]), .binary([UInt8](repeating: 7, count: 300)), .string(""), .string("Grüße 😀"),
        .string(String(repeating: "x", count: 256)), .symbol("amqp:accepted"),
        .symbol(String(repeating: "s", count: 1000)), .list([]), .list([.null, .int(1), .list([.string("x")])]),
        .list((0..<300).map { .int($0) }), .map([:]),
        .map([.symbol("a"): .long(1), .string("a"): .int(1), .int(3): .list([.bool(true)])]),
        .map(AMQPMap((0..<200).map { .init(key: .uint($0), value: .null) })),
        .array(.symbols(["ANONYMOUS", "MSSBCBS"])), .array(AMQPArray(unchecked: .int, [], descriptor: nil)),
        .array(AMQPArray(unchecked: .bool, [.bool(true), .bool(false)], descriptor: nil)),
        .array(AMQPArray(unchecked: .list, [.list([]), .list([.int(5)])], descriptor: nil)),
        .array(AMQPArray(unchecked: .map, [.map([.int(1): .int(2)])], descriptor: .symbol("x:y"))),
        .array(AMQPArray(unchecked: .null, [.null, .null], descriptor: nil)),
        .array(
            AMQPArray(
                unchecked: .array,
                [.array(AMQPArray(unchecked: .ulong, [.ulong(1)], descriptor: nil))],
                descriptor: nil
            )
        ),
        .described(descriptor: .symbol("example:book:list"), value: .list([.string("AMQP")])),
        .described(descriptor: .ulong(0x24), value: .list([])),
    ]

    @Test("every type comes back as it was", arguments: values)
    func roundTrip(value: AMQPValue) throws {
        #expect(try AMQPValue(decoding: value.encoded) == value)
        try reading(value.encoded) { reader throws(AMQPError) in
            try reader.skip()
            #expect(reader.isAtEnd)
        }
        for count in 0..<min(value.encoded.count, 40) {
            #expect(throws: AMQPError.self) { try AMQPValue(decoding: Array(value.encoded[..<count])) }
        }
    }

    @Test(
        "the specification's own bytes",
        arguments: [
            ([0x43], .uint(0)), ([0x70, 0, 0, 1, 0], .uint(256)), ([0x56, 1], .bool(true)), ([0x45], .list([])),
            ([0xA1, 0x1E] + Array("Hello Glorious Messaging World".utf8), .string("Hello Glorious Messaging World")),
            ([0xD0, 0, 0, 0, 5, 0, 0, 0, 1, 0x41], .list([.bool(true)])),
            ([0xE0, 4, 2, 0x50, 1, 2], .array(AMQPArray(unchecked: .ubyte, [.ubyte(1), .ubyte(2)], descriptor: nil))),
            ([0xC1, 5, 2, 0xA3, 1, 0x61, 0x44], .map([.symbol("a"): .ulong(0)])),
        ] as [([UInt8], AMQPValue)]
    )
    func known(bytes: [UInt8], value: AMQPValue) throws {
        #expect(try AMQPValue(decoding: bytes) == value)
    }

    @Test(
        "bytes that are no value are refused",
        arguments: [
            [], [0x01], [0x3F], [0x46], [0x57], [0xFF, 0, 0], [0x70, 0, 0], [0xA1, 5, 0x61], [0xA1, 1, 0xFF],
            [0xB1, 0xFF, 0xFF, 0xFF, 0xFF, 0x61], [0xC0, 0], [0xC0, 1, 5], [0xC0, 2, 1, 0x41, 0x41],
            [0xC0, 3, 1, 0x41, 0x41],
            [0xC1, 2, 1, 0x41], [0xD0, 0, 0, 0, 3, 0, 0, 0], [0xD0, 0x7F, 0xFF, 0xFF, 0xFF, 0, 0, 0, 0],
            [0xE0, 2, 1, 0], [0xE0, 1, 0], [0xF0, 0, 0, 0, 5, 0xFF, 0xFF, 0xFF, 0xFF, 0x40], [0x00], [0x00, 0x53],
            [0x00, 0x00, 0x53, 1, 0x40, 0x40], [0x00, 0x45, 0x40], [0x00, 0x54, 1, 0x40], [0x41, 0x41],
        ] as [[UInt8]]
    )
    func refused(bytes: [UInt8]) {
        #expect(throws: AMQPError.self) { try AMQPValue(decoding: bytes) }
        let skipped = Result { () throws(AMQPError) in
            try reading(bytes) { reader throws(AMQPError) in
                try reader.skip()
                if !reader.isAtEnd { throw .miscounted }
            }
        }
        // Texts are not looked into when they are only gone over.
        if bytes != [0xA1, 1, 0xFF] { #expect(throws: AMQPError.self) { try skipped.get() } }
    }

    @Test("nesting and number of values are bounded")
    func bounds() throws {
        func nested(_ depth: Int) -> [UInt8] {
            var value = AMQPValue.null
            for _ in 0..<depth { value = .list([value]) }
            return value.encoded
        }
        #expect(throws: Never.self) { try AMQPValue(decoding: nested(32)) }
        #expect(throws: AMQPError.self) { try AMQPValue(decoding: nested(33)) }
        // Described values nest, too.
        let described = [UInt8]((0..<60_000).flatMap { _ in [0x00, 0x44] as [UInt8] } + [0x40])
        #expect(throws: AMQPError.self) { try AMQPValue(decoding: described) }
        let nulls: [UInt8] = [0xF0, 0, 0, 0, 5, 0, 0, 0xC3, 0x50, 0x40]
        #expect(throws: AMQPError.self) { try AMQPValue(decoding: nulls) }
        #expect(throws: Never.self) { try AMQPValue(decoding: AMQPValue.list((0..<40_000).map { .int($0) }).encoded) }
    }

    @Test("an array takes elements of its type only")
    func arrays() {
        #expect(AMQPArray(.int, [.int(1), .long(1)]) == nil)
        #expect(AMQPArray(.int, [.int(1), .int(2)])?.elements.count == 2)
        #expect(AMQPArray(.list, [.described(descriptor: .ulong(1), value: .list([]))]) == nil)
    }

    @Test("maps keep their order and find keys by type and content")
    func maps() {
        var map: AMQPMap = [.symbol("a"): .int(1), .string("a"): .int(2)]
        #expect(map[symbol: "a"] == .int(1))
        #expect(map[string: "a"] == .int(2))
        map[symbol: "b"] = .int(3)
        map[symbol: "a"] = nil
        map[string: "a"] = .long(2)
        #expect(map.pairs.map(\.key) == [.string("a"), .symbol("b")])
        #expect(map[string: "a"]?.integer == 2)
        #expect(map[string: "a"]?.text == nil)
    }
}
