import IoTHub
import Testing

@testable import TwinQuery

@Suite struct FunctionTests {
    private static func value(of text: String, _ mode: QueryMode) throws -> JSON? {
        var parser = try Parser(text, mode: mode, ending: .condition)
        return try parser.wholeCondition().value(in: try SampleTwin.row())
    }

    @Test(
        arguments: [
            ("IS_DEFINED(tags.location)", JSON.bool(true)),
            ("is_defined(tags.none)", .bool(true)),
            ("Is_Defined ( tags.nothing )", .bool(false)),
            ("IS_DEFINED(1 / 0)", .bool(false)),
            ("IS_DEFINED(undefined)", .bool(false)),
            ("STARTSWITH(deviceId, 'my')", .bool(true)),
            ("startswith(deviceId, 'MY')", .bool(false)),
            ("STARTSWITH(deviceId, '')", .bool(true)),
            ("STARTSWITH('é', 'e')", .bool(false)),
            ("STARTSWITH('e\u{301}', 'e')", .bool(true)),
            ("STARTSWITH('a', 'ab')", .bool(false)),
            ("STARTSWITH(tags.floor, '3')", nil),
            ("STARTSWITH(tags.nothing, 'a')", nil),
            ("STARTSWITH('a', null)", nil),
            ("ENDSWITH(deviceId, 'Id')", .bool(true)),
            ("ENDSWITH(deviceId, 'id')", .bool(false)),
            ("ENDSWITH('b', 'ab')", .bool(false)),
            ("ENDSWITH('ab', 'ab')", .bool(true)),
            ("ENDSWITH(deviceId, '')", .bool(true)),
            ("ENDSWITH(deviceId, 1)", nil),
        ] as [(String, JSON?)]
    )
    func bothModesHaveThese(_ text: String, _ value: JSON?) throws {
        #expect(try Self.value(of: text, .strict) == value)
        #expect(try Self.value(of: text, .superset) == value)
    }

    private static let superset: [(String, JSON?)] = [
        ("IS_BOOL(tags.ready)", true), ("IS_BOOL(1)", false), ("IS_BOOL(undefined)", false), ("IS_BOOL(1 = 1)", true),
        ("IS_NUMBER(1)", true), ("IS_NUMBER(tags.half)", true), ("IS_NUMBER('1')", false), ("IS_NUMBER(1/0)", false),
        ("IS_STRING('')", true), ("IS_STRING(null)", false), ("IS_NULL(tags.none)", true), ("IS_NULL(0)", false),
        ("IS_NULL(tags.nothing)", false), ("IS_OBJECT(tags)", true), ("IS_OBJECT(tags.list)", false),
        ("IS_ARRAY(tags.list)", true), ("IS_ARRAY([1])", true), ("IS_ARRAY('a')", false), ("IS_PRIMITIVE(null)", true),
        ("IS_PRIMITIVE(tags.floor)", true), ("IS_PRIMITIVE(tags)", false), ("IS_PRIMITIVE([1])", false),
        ("IS_PRIMITIVE(undefined)", false),
        ("AS_NUMBER('12')", 12), ("AS_NUMBER('-1.5')", -1.5), ("AS_NUMBER('1e3')", 1000.0), ("AS_NUMBER(7)", 7),
        ("AS_NUMBER('0x1p3')", nil), ("AS_NUMBER('nan')", nil), ("AS_NUMBER('inf')", nil), ("AS_NUMBER('1e999')", nil),
        ("AS_NUMBER('')", nil), ("AS_NUMBER(' 1')", nil), ("AS_NUMBER('twelve')", nil), ("AS_NUMBER(true)", nil),
        ("ABS(-3)", 3), ("ABS(-0.5)", 0.5), ("ABS(-9223372036854775807 - 1)", nil), ("ABS('a')", nil),
        ("SQUARE(3)", 9), ("SQUARE(0.5)", 0.25), ("SQUARE(9223372036854775807)", nil),
        ("CEILING(1.2)", 2.0), ("CEILING(-1.2)", -1.0), ("CEILING(5)", 5), ("FLOOR(1.8)", 1.0), ("FLOOR(-1.2)", -2.0),
        ("FLOOR(tags.big)", 9_007_199_254_740_993), ("SIGN(-2)", -1), ("SIGN(0)", 0), ("SIGN(0.1)", 1),
        ("SQRT(16)", 4.0), ("SQRT(-1)", nil), ("EXP(0)", 1.0), ("EXP(1000)", nil), ("POWER(2, 10)", 1024.0),
        ("POWER(0, -1)", nil), ("POWER(2, 'a')", nil), ("POWER(2, 0.5) < 1.5", true),
        ("CONCAT('a', 'b')", "ab"), ("CONCAT(tags.location.region, '-', 'x')", "US-x"), ("CONCAT('a', 1)", nil),
        ("CONCAT(undefined, 'a')", nil), ("LENGTH('')", 0), ("LENGTH('e\u{301}😀')", 3), ("LENGTH(1)", nil),
        ("LOWER('ABCÉ')", "abcé"), ("UPPER('abcé')", "ABCÉ"), ("LOWER(1)", nil), ("UPPER(null)", nil),
        ("SUBSTRING('hello', 1)", "ello"), ("SUBSTRING('hello', 1, 3)", "ell"), ("SUBSTRING('hello', 5)", ""),
        ("SUBSTRING('hello', 9, 2)", ""), ("SUBSTRING('hello', 1, 99)", "ello"), ("SUBSTRING('hello', -1)", nil),
        ("SUBSTRING('hello', 0, -1)", nil), ("SUBSTRING('hello', 0.5)", nil), ("SUBSTRING('😀b', 1)", "b"),
        ("SUBSTRING('hello', 9223372036854775807, 9223372036854775807)", ""),
        ("INDEX_OF('hello', 'l')", 2), ("INDEX_OF('hello', 'x')", -1), ("INDEX_OF('hello', '')", 0),
        ("INDEX_OF('', 'a')", -1), ("INDEX_OF('😀b', 'b')", 1), ("INDEX_OF(1, 'b')", nil),
        ("STARTS_WITH('ab', 'a')", true), ("ENDS_WITH('ab', 'a')", false), ("CONTAINS('abc', 'b')", true),
        ("CONTAINS('abc', '')", true), ("CONTAINS('abc', 'd')", false), ("CONTAINS('abc', 1)", nil),
        ("UPPER(CONCAT(SUBSTRING('abc', 0, 1), 'z'))", "AZ"),
    ]

    @Test(arguments: superset) func theSupersetHasThese(_ text: String, _ value: JSON?) throws {
        #expect(try Self.value(of: text, .superset) == value)
    }

    @Test(arguments: QueryFunction.allCases) func strictHasThreeFunctions(_ function: QueryFunction) throws {
        let count = function.arguments.lowerBound
        let text = "\(function.rawValue)(\(Array(repeating: "'a'", count: count).joined(separator: ", ")))"
        _ = try QueryCondition(parsing: text, mode: .superset)
        if ["IS_DEFINED", "STARTSWITH", "ENDSWITH"].contains(function.rawValue) {
            _ = try QueryCondition(parsing: text, mode: .strict)
            return
        }
        let error = #expect(throws: QueryError.self) { try QueryCondition(parsing: text, mode: .strict) }
        #expect(error?.found == "'\(function.rawValue)'")
        #expect(error?.expected.contains("a real IoT hub does not have \(function.rawValue) in twin queries") == true)
    }

    @Test(arguments: QueryFunction.allCases) func functionsWantTheirNumberOfArguments(_ function: QueryFunction) {
        for count in [function.arguments.lowerBound - 1, min(function.arguments.upperBound, 1000) + 1] {
            let text = "\(function.rawValue)(\(Array(repeating: "1", count: count).joined(separator: ", ")))"
            if function.arguments.contains(count) { continue }
            let error = #expect(throws: QueryError.self) { try QueryCondition(parsing: text, mode: .superset) }
            #expect(error?.found == (count == 1 ? "1 argument" : "\(count) arguments"))
        }
    }
}
