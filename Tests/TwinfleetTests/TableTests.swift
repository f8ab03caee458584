import FleetReport
import IoTHub
import Testing

@testable import twinfleet

@Suite("Tables")
struct TableTests {
    private let plain = Style(isColored: false)

    @Test func columnsAreAsWideAsTheirWidestCell() {
        let table = Table(titles: ["id", "n"], sample: [["press-1", "7"], ["x", "1000"]], right: [1])
        #expect(table.heading(plain) == "id          n")
        #expect(table.line(["press-1", "7"]) == "press-1     7")
        #expect(table.line(["x", "1000"]) == "x        1000")
    }

    @Test func aLaterRowThatIsWiderLosesNothing() {
        let table = Table(titles: ["id", "tags"], sample: [["a", "b"]])
        #expect(table.line(["longer-than-all", "b", "extra=1"]) == "longer-than-all  b     extra=1")
    }

    @Test func noLineEndsInSpaces() {
        let table = Table(titles: ["id", "reason"], sample: [["a", "because"]])
        #expect(table.line(["a", ""]) == "a")
    }

    @Test func twinsGetTheColumnsThatTellThemApart() throws {
        let row = try JSON(
            parsing: """
                {"deviceId":"press-1","etag":"AAAAAAAAAAE=","status":"enabled","connectionState":"Disconnected","version":12,
                "tags":{"location":{"plant":"Redmond43","line":2}},"properties":{"desired":{},"reported":{}}}
                """
        )
        let layout = RowLayout.forQuery([row])
        #expect(layout.titles == ["deviceId", "status", "connectionState", "version", "tags"])
        #expect(layout.right == [3])
        #expect(
            layout.cells(row)
                == ["press-1", "enabled", "Disconnected", "12", "location.plant=Redmond43 location.line=2"]
        )
    }

    @Test func projectionsGetTheirOwnMembers() throws {
        let rows = try [#"{"n":2,"status":"enabled"}"#, #"{"n":1}"#].map { try JSON(parsing: $0) }
        let layout = RowLayout.forQuery(rows)
        #expect(layout.titles == ["n", "status"])
        #expect(layout.right == [0])
        #expect(rows.map(layout.cells) == [["2", "enabled"], ["1", ""]])
    }

    @Test func membersThatComeLaterAreNotLost() throws {
        let layout = RowLayout.forQuery([try JSON(parsing: #"{"a":1}"#)])
        #expect(layout.cells(try JSON(parsing: #"{"a":2,"b":{"c":null}}"#)) == ["2", #"b={"c":null}"#])
    }

    @Test func rowsThatAreNoObjectsAreShown() {
        let layout = RowLayout.forQuery([7])
        #expect(layout.titles == ["value"])
        #expect(layout.cells("text") == ["text"])
    }

    @Test func valuesCannotMoveTheTerminalsCursor() {
        #expect(CellText.cell("a\u{1B}[2Jb\nc\u{202E}d\u{9B}") == #"a\u001b[2Jb\nc\u202ed\u009b"#)
        #expect(CellText.cell(["x": "\u{7F}"]) == #"{"x":"\u007f"}"#)
        #expect(CellText.flattened(["a\u{1B}": 1]) == #"a\u001b=1"#)
        #expect(CellText.cell("Größe 5°") == "Größe 5°")
    }

    @Test func whatIsUndefinedIsEmptyAndNullIsNot() {
        #expect(CellText.cell(nil) == "")
        #expect(CellText.cell(.null) == "null")
    }

    @Test func timesAreShownToTheSecond() throws {
        #expect(CellText.time(try HubTimestamp(parsing: "2026-11-25T16:20:01.9876543Z")) == "2026-11-25T16:20:01Z")
        #expect(CellText.time(.never) == "never")
        #expect(CellText.time(nil) == "")
    }

    @Test func aScreenCountsTheLinesThatItShows() {
        let screen = Screen(rows: 24, columns: 10)
        #expect(screen.lines(for: "") == 1)
        #expect(screen.lines(for: "0123456789") == 1)
        #expect(screen.lines(for: "0123456789a\nb") == 3)
    }

    @Test func thePagerIsTheUsersOrLessWhereItIsInstalled() {
        func command(_ environment: [String: String]) -> String? {
            Pager.command(environment: environment) { $0 == "/usr/bin/less" }
        }
        #expect(command(["PATH": "/bin:/usr/bin"]) == "less")
        #expect(command(["PATH": "/bin"]) == nil)
        #expect(command(["PATH": "/usr/bin", "PAGER": "most -s"]) == "most -s")
        #expect(command(["PATH": "/usr/bin", "PAGER": ""]) == nil)
        #expect(command(["PATH": "/usr/bin", "PAGER": "cat"]) == nil)
    }

    @Test func textsForTheShellAreTakenAsTheyAre() {
        #expect(ShellText.quoted("a;b=c'd") == #"'a;b=c'\''d'"#)
    }
}
