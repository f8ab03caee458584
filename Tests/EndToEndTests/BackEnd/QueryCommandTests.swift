import IoTHub
import TestKit
import Testing

@Suite("twinfleet query", .timeLimit(.minutes(5)))
struct QueryCommandTests {
    /// A hub with 230 devices, p-001 to p-230: three pages.
    private func plant() async throws -> BackEndBench {
        let back = try await BackEndBench()
        let added = try await back.shell(
            "twinfleet device add p-{001..230} --quiet && twinfleet twin update p-001 --tag a.b=1"
        )
        #expect(added.exitCode == 0, "\(added.errors)")
        return back
    }

    @Test func rowsComePageByPageInEveryFormat() async throws {
        let back = try await plant()
        let table = try await back.run("query", "SELECT * FROM devices")
        let lines = table.output.split(separator: "\n").map(String.init)
        #expect(lines.count == 231)
        #expect(lines[0] == "deviceId  status   connectionState  version  tags")
        #expect(lines[1] == "p-001     enabled  Disconnected           3  a.b=1")
        #expect(table.errors.isEmpty)

        let array = try await back.json("query", "SELECT * FROM devices", "--json")
        #expect(array.arrayValue?.count == 230)
        #expect(Set(array.arrayValue?.compactMap { $0["deviceId"]?.stringValue } ?? []).count == 230)
        #expect(try await back.json("query", "SELECT * FROM devices WHERE tags.no = 1", "--json") == [])

        let stream = try await back.run("query", "SELECT * FROM devices", "--output", "jsonl", "--page-size", "7")
        let rows = try stream.output.split(separator: "\n").map { try JSON(parsing: String($0)) }
        #expect(rows == array.arrayValue)
        let limited = try await back.run("query", "SELECT * FROM devices", "--output", "jsonl", "--limit", "105")
        #expect(limited.output.split(separator: "\n").count == 105)

        let counted = try await back.run("query", "SELECT COUNT() AS n, status FROM devices GROUP BY status")
        let cells = counted.output.split(separator: "\n").map { $0.split(separator: " ").map(String.init).sorted() }
        #expect(cells == [["n", "status"], ["230", "enabled"]])
        #expect(try await back.json("device", "list", "--all", "--json").arrayValue?.count == 230)
        let chosen = try await back.run("device", "list", "--where", "tags.a.b = 1")
        #expect(chosen.output.split(separator: "\n").count == 2)
        #expect(chosen.output.contains("p-001     enabled  Disconnected     sas"))
        try await back.stop()
    }

    @Test func aReaderThatHasSeenEnoughEndsTheQueryQuietly() async throws {
        let back = try await plant()
        // A page of whole twins is more than a pipe holds by far.
        let outcome = try await back.shell(
            "twinfleet query 'SELECT * FROM devices' --json | head -n 2; echo \"${PIPESTATUS[0]}\""
        )
        #expect(outcome.errors.isEmpty, "\(outcome.errors)")
        #expect(outcome.output == "[\n{\n141\n")
        try await back.stop()
    }

    @Test func onATerminalALongResultGoesThroughThePager() async throws {
        let back = try await plant()
        let long = try await back.terminal("twinfleet device list")
        #expect(long.contains("PAGED:deviceId"))
        #expect(long.contains("PAGED:p-230"))
        #expect(!(try await back.terminal("twinfleet device list --top 5")).contains("PAGED:"))
        #expect(!(try await back.terminal("twinfleet device list --no-pager")).contains("PAGED:"))
        let left = try await back.terminal("PAGER='head -n 1' twinfleet query 'SELECT * FROM devices' --json")
        #expect(left.split(whereSeparator: \.isNewline) == ["["])
        try await back.stop()
    }

    @Test func aBadQueryIsShownWithItsPlace() async throws {
        let back = try await BackEndBench()
        let outcome = try await back.run("query", "SELECT * FROM devices WHERE tags.plant == 'x'")
        #expect(outcome.exitCode == 1)
        #expect(outcome.output.isEmpty)
        let lines = outcome.errors.split(separator: "\n").map(String.init)
        #expect(lines.count == 3, "\(outcome.errors)")
        #expect(lines[0].hasPrefix("twinfleet: the hub refuses the query: line 1, column "))
        #expect(lines[1] == "  SELECT * FROM devices WHERE tags.plant == 'x'")
        let mark = try #require(lines[2].firstIndex(of: "^"))
        let column = lines[2].distance(from: lines[2].startIndex, to: mark)
        #expect((40...42).contains(column), "\(outcome.errors)")
        let condition = try await back.run("device", "list", "--where", "tags.plant ==")
        #expect(condition.exitCode == 1)
        #expect(condition.errors.contains("  SELECT * FROM devices WHERE tags.plant =="))
        #expect(condition.errors.contains("^"))
        try await back.stop()
    }
}
