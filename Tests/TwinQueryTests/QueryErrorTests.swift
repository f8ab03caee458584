import Testing
import TwinQuery

@Suite struct QueryErrorTests {
    @Test func errorsNameThePlaceWhatWasFoundAndWhatWasExpected() {
        let error = QueryError(line: 1, column: 8, found: "'FROM'", expected: "'*' or a field")
        #expect(error.description == "line 1, column 8: found 'FROM'; expected '*' or a field")
    }
}
