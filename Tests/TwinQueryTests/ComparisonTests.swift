import IoTHub
import Testing
import TwinQuery

@Suite struct ComparisonTests {
    private static func outcome(_ condition: String, _ tags: JSON = [:]) throws -> Outcome {
        try Outcome(of: condition, in: ["tags": tags])
    }

    /// Ordered values of each type; every other pair of values is undefined.
    private static let ordered: [[String]] = [
        ["null"],
        ["false", "true"],
        ["-9223372036854775808", "-1.5", "-1", "0", "0.25", "1", "2", "9223372036854775806", "9223372036854775807"],
        ["''", "'A'", "'a'", "'a '", "'aa'", "'b'", "'e\u{301}'", "'é'", "'\u{FFFD}'", "'😀'"],
    ]
    private static let incomparable = ["undefined", "tags", "[1]", "['a', 'b']", "tags.nothing"]

    @Test func valuesOfOneTypeHaveOneOrder() throws {
        for values in Self.ordered {
            for (leftRank, left) in values.enumerated() {
                for (rightRank, right) in values.enumerated() {
                    let results: [String: Bool] = [
                        "=": leftRank == rightRank, "!=": leftRank != rightRank, "<>": leftRank != rightRank,
                        "<": leftRank < rightRank, "<=": leftRank <= rightRank, ">": leftRank > rightRank,
                        ">=": leftRank >= rightRank,
                    ]
                    for (comparison, holds) in results {
                        let condition = "\(left) \(comparison) \(right)"
                        #expect(try Self.outcome(condition) == (holds ? .yes : .no), "\(condition)")
                    }
                }
            }
        }
    }

    @Test func valuesOfTwoTypesDoNotCompare() throws {
        let examples = Self.ordered.compactMap(\.last)
        for comparison in ["=", "!=", "<>", "<", "<=", ">", ">="] {
            for (leftIndex, left) in examples.enumerated() {
                for (rightIndex, right) in examples.enumerated() where leftIndex != rightIndex {
                    let condition = "\(left) \(comparison) \(right)"
                    #expect(try Self.outcome(condition) == .undefined, "\(condition)")
                }
                for other in Self.incomparable {
                    #expect(try Self.outcome("\(left) \(comparison) \(other)") == .undefined)
                    #expect(try Self.outcome("\(other) \(comparison) \(left)") == .undefined)
                }
            }
            for other in Self.incomparable {
                #expect(try Self.outcome("\(other) \(comparison) \(other)") == .undefined)
            }
        }
    }

    @Test(arguments: [
        ("tags.n = 9007199254740993", JSON.integer(9_007_199_254_740_993), Outcome.yes),
        ("tags.n = 9007199254740992", .integer(9_007_199_254_740_993), .no),
        ("tags.n = 9007199254740992.0", .integer(9_007_199_254_740_993), .no),
        ("tags.n > 9007199254740992.0", .integer(9_007_199_254_740_993), .yes),
        ("tags.n < 9223372036854775807", .double(9_223_372_036_854_774_784), .yes),
        ("tags.n > 9223372036854775807", .double(9_223_372_036_854_775_808), .yes),
        ("tags.n = 9223372036854775807", .double(9_223_372_036_854_775_808), .no),
        ("tags.n = -9223372036854775808", .double(-9_223_372_036_854_775_808), .yes),
        ("tags.n = -9223372036854775808", .integer(.min), .yes),
        ("tags.n < -9223372036854775808", .double(-1e300), .yes),
        ("tags.n = 1", .double(1), .yes),
        ("tags.n = 1.0", .integer(1), .yes),
        ("tags.n > -1", .double(-0.5), .yes),
        ("tags.n < 0", .double(-0.5), .yes),
        ("tags.n = 0", .double(-0.0), .yes),
        ("tags.n = 0xFF", .integer(255), .yes),
        ("tags.n = 0XfF", .integer(255), .yes),
        ("tags.n = 0x7FFFFFFFFFFFFFFF", .integer(.max), .yes),
        ("tags.n = 0x8000000000000000", .double(9_223_372_036_854_775_808), .yes),
        ("tags.n = 0.1", .double(0.1), .yes),
        ("tags.n = 1", .double(.nan), .undefined),
        ("tags.n < 1", .double(.infinity), .no),
    ])
    func numbersCompareWithoutRounding(_ condition: String, _ number: JSON, _ outcome: Outcome) throws {
        #expect(try Self.outcome(condition, ["n": number]) == outcome)
    }

    @Test(arguments: [
        ("tags.x IN ['a', 'b']", JSON.string("b"), Outcome.yes),
        ("tags.x IN ['a', 'b']", .string("c"), .no),
        ("tags.x IN ['a', 'b']", .string("B"), .no),
        ("tags.x IN ['a', 'b']", .integer(1), .undefined),
        ("tags.x IN ['a', 1]", .integer(1), .yes),
        ("tags.x IN ['a', 1]", .integer(2), .undefined),
        ("tags.x IN [1, 2.5, 0x10, -3]", .double(-3), .yes),
        ("tags.x IN [null]", .null, .yes),
        ("tags.x IN [undefined, 1]", .integer(1), .yes),
        ("tags.x IN [undefined, 1]", .integer(2), .undefined),
        ("tags.x IN [ ['a'] ]", .array(["a"]), .undefined),
        ("tags.x NIN ['a', 'b']", .string("b"), .no),
        ("tags.x NIN ['a', 'b']", .string("c"), .yes),
        ("tags.x NIN ['a', 'b']", .integer(1), .undefined),
        ("tags.y IN ['a']", .string("a"), .undefined),
        ("tags.y NIN ['a']", .string("a"), .undefined),
        ("NOT tags.x IN ['a']", .string("a"), .no),
        ("tags.x nin [true] AND true", .bool(false), .yes),
    ])
    func inIsAnyOfItsValues(_ condition: String, _ value: JSON, _ outcome: Outcome) throws {
        #expect(try Self.outcome(condition, ["x": value]) == outcome)
    }
}
