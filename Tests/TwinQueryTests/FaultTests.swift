import IoTHub
import Testing
import TwinQuery

@Suite struct FaultTests {
    @Test(arguments: FaultTable.rows(of: FaultTable.clauses) + FaultTable.rows(of: FaultTable.conditions))
    func faultsAreToldWithTheirPlace(_ row: FaultTable.Row) {
        let error = #expect(throws: QueryError.self) { try QueryStatement(parsing: row.query) }
        #expect(error.map(Self.said) == row.said)
    }

    private static func said(_ error: QueryError) -> String {
        "\(error.line):\(error.column): found \(error.found); expected \(error.expected)"
    }

    @Test(arguments: [
        ("", "1:1: found the end of the query; expected a query, such as SELECT * FROM devices"),
        (" \n ", "2:2: found the end of the query; expected a query, such as SELECT * FROM devices"),
        (
            "SELECT * FROM devices WHERE ",
            "1:29: found the end of the query; expected a value, a field or a function"
        ),
        (
            "SELECT * FROM devices WHERE status\u{A0}= 'x'",
            "1:35: found '\u{A0}'; expected a plain space; this one is a no-break space"
        ),
        (
            "SELECT COUNT(), tags.[[a\nb]] FROM devices",
            "1:17: found 'tags'; expected an aggregate, or GROUP BY tags.a\\u{A}b at the end of the query"
        ),
        (
            "SELECT * FROM devices WHERE version = \(String(repeating: "9", count: 400))",
            "1:39: found the number \(String(repeating: "9", count: 40))...; expected one of at most 1.8e308"
        ),
    ])
    func faultsThatDoNotFitTheTableAreToldToo(_ query: String, _ said: String) {
        let error = #expect(throws: QueryError.self) { try QueryStatement(parsing: query) }
        #expect(error.map(Self.said) == said)
    }

    @Test(arguments: [
        ("", "1:1: found the end of the condition; expected a condition, such as tags.location.plant = 'Redmond43'"),
        (
            "SELECT * FROM devices WHERE true",
            "1:1: found 'SELECT'; expected the condition alone, what stands after WHERE, without SELECT and FROM"
        ),
        ("where true", "1:1: found 'where'; expected the condition alone, without the word where"),
        ("FROM devices WHERE true", "1:1: found 'FROM'; expected the condition alone, without the word FROM"),
        ("true GROUP BY status", "1:6: found 'GROUP'; expected an operator, AND, OR or the end of the condition"),
        (
            "status = 'x' nad true",
            "1:14: found 'nad'; expected an operator, AND, OR or the end of the condition; did you mean 'AND'?"
        ),
        ("NOT", "1:4: found the end of the condition; expected a value, a field or a function"),
        ("*", "1:1: found '*'; expected a value, a field or a function"),
    ])
    func faultsInConditionsAreToldWithTheirPlace(_ condition: String, _ said: String) {
        let error = #expect(throws: QueryError.self) { try QueryCondition(parsing: condition) }
        #expect(error.map(Self.said) == said)
    }

    /// Also when a later one would stop the lexer.
    @Test func theFirstFaultOfTheTextIsTold() {
        let error = #expect(throws: QueryError.self) {
            try QueryStatement(parsing: "SELECT * FROM devics WHERE status == 'it")
        }
        #expect(error?.column == 15)
    }

    @Test func theSupersetReadsExponents() throws {
        let condition = try QueryCondition(parsing: "1e3 = 1000 AND 2.5E-1 = 0.25 AND 1e+2 > 99", mode: .superset)
        #expect(condition.matches(JSON.null))
    }
}
