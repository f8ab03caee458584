import ServiceClient
import Testing

@testable import twinfleet

@Suite("Where a query is wrong")
struct QueryFaultTests {
    @Test func bothHubsWaysToNameAPlaceAreUnderstood() {
        #expect(QueryFault.place(in: "BadRequest: line 2, column 8: found x") == TextPlace(line: 2, column: 8))
        // The real hub's parser counts columns from 0.
        #expect(
            QueryFault.place(in: "SQL query parse failed due to following errors: \n\tLine 1:29 Unexpected character")
                == TextPlace(line: 1, column: 30)
        )
        #expect(QueryFault.place(in: "BadRequest") == nil)
        #expect(QueryFault.place(in: "line 99999999999999999999, column 1") == nil)
    }

    @Test func thePlaceIsMarkedUnderItsLine() {
        #expect(
            TextPlace(line: 1, column: 10).shown(in: "SELECT * FORM devices") == "  SELECT * FORM devices\n           ^"
        )
        #expect(TextPlace(line: 2, column: 2).shown(in: "SELECT *\n\tFROM x") == "   FROM x\n   ^")
        // Behind the last character: something is missing there.
        #expect(TextPlace(line: 1, column: 4).shown(in: "abc") == "  abc\n     ^")
    }

    @Test func aPlaceOutsideTheTextIsNotShown() {
        #expect(TextPlace(line: 2, column: 1).shown(in: "abc") == nil)
        #expect(TextPlace(line: 1, column: 9).shown(in: "abc") == nil)
        #expect(TextPlace(line: 0, column: 0).shown(in: "abc") == nil)
    }

    @Test func ofALongLineThePieceAroundThePlaceIsShown() throws {
        let text = String(repeating: "a", count: 300) + "X" + String(repeating: "b", count: 300)
        let shown = try #require(TextPlace(line: 1, column: 301).shown(in: text))
        let lines = shown.split(separator: "\n").map(Array.init)
        #expect(lines[0].count < 120)
        let mark = try #require(lines[1].firstIndex(of: "^"))
        #expect(lines[0][mark] == "X")
    }

    @Test func theHubsMessageComesFirst() {
        let error = ServiceClientError(
            reason: .refused,
            operation: "POST /devices/query",
            status: 400,
            message: "line 1, column 10: found 'FORM'; expected FROM"
        )
        let text = QueryFault.explain(error, of: "SELECT * FORM devices")
        #expect(
            text == """
                the hub refuses the query: line 1, column 10: found 'FORM'; expected FROM
                  SELECT * FORM devices
                           ^
                """
        )
    }
}
