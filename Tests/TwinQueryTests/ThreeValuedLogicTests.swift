import IoTHub
import Testing
import TwinQuery

@Suite struct ThreeValuedLogicTests {
    /// Operands and what they are as conditions; whatever is no boolean is undefined.
    private static let operands: [(text: String, outcome: Outcome)] = [
        ("true", .yes), ("false", .no), ("undefined", .undefined), ("null", .undefined), ("1", .undefined),
        ("0", .undefined), ("'true'", .undefined), ("['a']", .undefined), ("tags", .undefined),
        ("tags.ready", .yes), ("tags.broken", .no), ("tags.nothing", .undefined), ("tags.none", .undefined),
        ("tags.nothing = 1", .undefined), ("tags.floor = 3", .yes), ("tags.floor = 4", .no),
        ("tags.floor + 1", .undefined),
    ]

    private static let and: [[Outcome]: Outcome] = [
        [.yes, .yes]: .yes, [.yes, .no]: .no, [.yes, .undefined]: .undefined,
        [.no, .yes]: .no, [.no, .no]: .no, [.no, .undefined]: .no,
        [.undefined, .yes]: .undefined, [.undefined, .no]: .no, [.undefined, .undefined]: .undefined,
    ]

    private static let or: [[Outcome]: Outcome] = [
        [.yes, .yes]: .yes, [.yes, .no]: .yes, [.yes, .undefined]: .yes,
        [.no, .yes]: .yes, [.no, .no]: .no, [.no, .undefined]: .undefined,
        [.undefined, .yes]: .yes, [.undefined, .no]: .undefined, [.undefined, .undefined]: .undefined,
    ]

    @Test func everyOperandIsTrueOrFalseOrUndefined() throws {
        let row = try SampleTwin.row()
        for (text, outcome) in Self.operands { #expect(try Outcome(of: text, in: row) == outcome, "\(text)") }
    }

    @Test func andAndOrFollowTheirTables() throws {
        let row = try SampleTwin.row()
        for left in Self.operands {
            for right in Self.operands {
                let and = try Outcome(of: "\(left.text) AND \(right.text)", in: row)
                #expect(and == Self.and[[left.outcome, right.outcome]], "\(left.text) AND \(right.text)")
                let or = try Outcome(of: "\(left.text) OR \(right.text)", in: row)
                #expect(or == Self.or[[left.outcome, right.outcome]], "\(left.text) OR \(right.text)")
            }
        }
    }

    @Test func notTurnsRoundWhatIsKnown() throws {
        let row = try SampleTwin.row()
        let not: [Outcome: Outcome] = [.yes: .no, .no: .yes, .undefined: .undefined]
        for (text, outcome) in Self.operands {
            #expect(try Outcome(of: "NOT \(text)", in: row) == not[outcome], "NOT \(text)")
        }
    }

    @Test func chainsOfThreeAreTheTablesTwice() throws {
        let row = try SampleTwin.row()
        let simple = Self.operands.prefix(3)
        for first in simple {
            for second in simple {
                for third in simple {
                    let texts = [first.text, second.text, third.text]
                    let and = Self.and[[first.outcome, second.outcome]].flatMap { Self.and[[$0, third.outcome]] }
                    #expect(try Outcome(of: texts.joined(separator: " and "), in: row) == and, "\(texts)")
                    let or = Self.or[[first.outcome, second.outcome]].flatMap { Self.or[[$0, third.outcome]] }
                    #expect(try Outcome(of: texts.joined(separator: " or "), in: row) == or, "\(texts)")
                    let mixed = Self.and[[second.outcome, third.outcome]].flatMap { Self.or[[first.outcome, $0]] }
                    let text = "\(first.text) OR \(second.text) AND \(third.text)"
                    #expect(try Outcome(of: text, in: row) == mixed, "\(text)")
                }
            }
        }
    }

    @Test func aStatementKeepsARowOnlyWhenItsConditionIsTrue() throws {
        let row = try SampleTwin.row()
        for (text, outcome) in Self.operands {
            let statement = try QueryStatement(parsing: "SELECT * FROM devices WHERE \(text)")
            #expect(statement.matches(row) == (outcome == .yes), "\(text)")
        }
    }
}
