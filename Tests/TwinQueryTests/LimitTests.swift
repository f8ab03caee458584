import IoTHub
import Testing
import TwinQuery

@Suite struct LimitTests {
    @Test(arguments: QueryMode.allCases) func textsHave8192CharactersAtMost(_ mode: QueryMode) throws {
        let start = "SELECT * FROM devices WHERE tags.x = '"
        let longest = start + String(repeating: "é", count: 8192 - start.count - 1) + "'"
        _ = try QueryStatement(parsing: longest, mode: mode)
        let error = #expect(throws: QueryError.self) { try QueryStatement(parsing: longest + "\n", mode: mode) }
        let expected = QueryError(
            line: 1,
            column: 8193,
            found: "a text of 8193 characters",
            expected: "at most 8192"
        )
        #expect(error == expected)
        // Beyond U+FFFF a character is two, as in .NET.
        let wide = "'" + String(repeating: "😀", count: 4095) + "'"
        _ = try QueryCondition(parsing: wide, mode: mode)
        let tooWide = #expect(throws: QueryError.self) { try QueryCondition(parsing: wide + " ", mode: mode) }
        #expect(tooWide?.column == 4098)
    }

    private static let nestings: [(open: String, middle: String, close: String)] = [
        ("(", "true", ")"), ("NOT ", "true", ""), ("- ", "1", ""), ("IS_DEFINED(", "1", ")"), ("[ ", "1", "]"),
        ("1 + (", "1", ")"), ("true AND (false OR ", "1 = 1", ")"), ("1 IN [ 1] OR (", "true", ")"),
        ("STARTSWITH('a', ", "'a'", ")"),
    ]

    @Test(arguments: nestings)
    func nestingHasALimitThatASmallStackBears(_ open: String, _ middle: String, _ close: String) async throws {
        let row = try SampleTwin.row()
        let allowed = String(repeating: open, count: 50) + middle + String(repeating: close, count: 50)
        _ = try await SmallStack.run {
            Result { try QueryCondition(parsing: allowed).matches(row) }
        }.get()
        let deep = String(repeating: open, count: 8000 / open.count)
        let tooDeep = await SmallStack.run { Result { try QueryCondition(parsing: deep) } }
        let error = #expect(throws: QueryError.self) { try tooDeep.get() }
        #expect(error?.found == "more than 100 levels, one in another")
    }

    @Test(arguments: [("(", ")"), ("NOT ", ""), ("-", ""), ("[ ", "]"), ("IS_DEFINED(", ")")])
    func thereAreAHundredLevels(_ open: String, _ close: String) async throws {
        let row = try SampleTwin.row()
        let allowed = String(repeating: open, count: 100) + "1" + String(repeating: close, count: 100)
        _ = try await SmallStack.run {
            Result { try QueryCondition(parsing: allowed).matches(row) }
        }.get()
        let error = #expect(throws: QueryError.self) { try QueryCondition(parsing: open + allowed + close) }
        // At the level that is one too many.
        #expect(error?.column == 100 * open.count + 1)
    }

    @Test(arguments: ["1 + ", "1 * ", "true AND ", "false OR ", "tags.floor % ", "tags.a.b.c.d.e = 1 OR "])
    func longChainsAreNotDeep(_ link: String) async throws {
        let row = try SampleTwin.row()
        let chain = String(repeating: link, count: 8100 / link.count) + "1"
        let condition = try await SmallStack.run { Result { try QueryCondition(parsing: chain) } }.get()
        _ = await SmallStack.run { condition.matches(row) }
    }

    @Test func aPathMayHaveAsManyNamesAsFit() throws {
        let path = "tags" + String(repeating: ".x", count: 4000)
        let condition = try QueryCondition(parsing: "IS_DEFINED(\(path))")
        #expect(condition.references.first?.path.names.count == 4001)
        let row = try SampleTwin.row()
        #expect(!condition.matches(row))
    }
}
