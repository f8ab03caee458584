import IoTHub
import Testing

@testable import TwinQuery

@Suite struct ArithmeticTests {
    private static func value(of text: String) throws -> JSON? {
        var parser = try Parser(text, mode: .strict, ending: .condition)
        return try parser.wholeCondition().value(in: try SampleTwin.row())
    }

    @Test(arguments: [
        ("1 + 2 * 3", JSON.integer(7)),
        ("(1 + 2) * 3", .integer(9)),
        ("10 - 4 - 3", .integer(3)),
        ("100 / 10 / 5", .integer(2)),
        ("7 / 2", .double(3.5)),
        ("-7 / 2", .double(-3.5)),
        ("7 % 4", .integer(3)),
        ("-7 % 4", .integer(-3)),
        ("7.5 % 2", .double(1.5)),
        ("2 * 3 % 4", .integer(2)),
        ("1 - -1", .integer(2)),
        ("1--1", .integer(2)),
        ("- - 5", .integer(5)),
        ("-(2 + 3)", .integer(-5)),
        ("-tags.floor", .integer(-3)),
        ("-tags.half", .double(-0.5)),
        ("tags.floor * 1.5", .double(4.5)),
        ("tags.floor + 1 - 1", .integer(3)),
        ("9223372036854775807 - 1", .integer(9_223_372_036_854_775_806)),
        ("-9223372036854775807 - 1", .integer(.min)),
        ("(-9223372036854775807 - 1) % -1", .integer(0)),
        ("tags.big + 2", .integer(9_007_199_254_740_995)),
        ("0x10 + 1", .integer(17)),
        ("1 + 2 = 3", .bool(true)),
        ("2 * 3 > 5 AND 1 < 2", .bool(true)),
    ])
    func operatorsHaveTheirRanksAndKeepIntegers(_ text: String, _ value: JSON) throws {
        #expect(try Self.value(of: text) == value)
    }

    @Test(arguments: [
        "9223372036854775807 + 1", "-9223372036854775807 - 2", "9223372036854775807 * 2",
        "(-9223372036854775807 - 1) / -1", "-(-9223372036854775807 - 1)", "1 / 0", "1 % 0", "1.5 / 0", "1.5 % 0",
        "0 / 0", "179769313486231570000000000000000000000.0 / 0.0", "1 + 'a'", "'a' + 'b'", "1 + null", "1 + undefined",
        "1 + true", "tags + 1", "tags.nothing * 2", "-'a'", "-tags.nothing", "-undefined", "[1] + 1",
        "undefined - undefined", "1 / 0 * 0", "tags.list + 1",
    ])
    func whatIsNoNumberOrHasNoneAsResultIsUndefined(_ text: String) throws {
        #expect(try Self.value(of: text) == nil)
    }
}
