import IoTHub
import TestKit
import Testing
import TwinQuery

/// Fixed seeds: a failure repeats.
@Suite struct FuzzTests {
    /// Whatever the text is, it is a query that can be evaluated or a fault inside of the text.
    private static func check(_ text: String, _ mode: QueryMode, on row: JSON) -> Bool {
        do throws(QueryError) {
            let statement = try QueryStatement(parsing: text, mode: mode)
            _ = statement.matches(row)
            _ = statement.project(row)
            var grouping = statement.makeGrouping()
            grouping.add(row)
            grouping.add(JSON.null)
            _ = grouping.rows
            return true
        } catch {
            expectInside(error, text)
            return false
        }
    }

    private static func expectInside(_ error: QueryError, _ text: String) {
        let lines = text.unicodeScalars.split(
            omittingEmptySubsequences: false,
            whereSeparator: { $0 == "\n" || $0 == "\r" }
        )
        // `\r\n` is one end of a line but two separators here, so there are lines enough.
        guard (1...lines.count).contains(error.line), (1...text.unicodeScalars.count + 1).contains(error.column),
            !error.found.isEmpty, !error.expected.isEmpty,
            !error.description.unicodeScalars.contains(where: { $0.properties.generalCategory == .control })
        else {
            Issue.record("\(error.line):\(error.column) \(error) for \(text.debugDescription)")
            return
        }
    }

    private static let seeds = [
        "SELECT * FROM devices WHERE tags.location.plant = 'Redmond43' AND properties.reported.connectivity.type = "
            + "'cellular'",
        "SELECT TOP 5 deviceId, tags.[[group]].name AS name FROM devices.modules WHERE NOT (version > 0x10 OR -1 < 2.5)",
        "SELECT status, COUNT() AS n, AVG(tags.floor) AS a FROM devices WHERE IS_DEFINED(tags) GROUP BY status, tags.x",
        "SELECT * FROM devices.jobs WHERE devices.jobs.status IN ['completed', \"f\\u00e9\", null, -3]",
        "SELECT * FROM devices WHERE STARTSWITH(deviceId, 'my') AND deviceId NIN ['a\\'b'] AND 1 + 2 * 3 % 4 >= 5 / 6",
        "SELECT * FROM devices WHERE CONTAINS(LOWER(tags.x), 'é') OR SUBSTRING('abc', 1, 1) = CONCAT('a', 'b')",
    ]

    private static let pieces = [
        "SELECT", "TOP", "FROM", "WHERE", "GROUP BY", "AS", "AND", "OR", "NOT", "IN", "NIN", "true", "null",
        "undefined",
        "devices", "devices.jobs", "devices.modules", "tags", "tags.x", "status", "properties.desired.y", "COUNT()",
        "AVG(", "IS_DEFINED(", "STARTSWITH", "CONTAINS(", "(", ")", "[", "]", "[[", "]]", "[[a]]", ",", ".", "*", "+",
        "-", "/", "%", "=", "!=", "<>", "<", "<=", "==", "&&", "'", "\"", "'a'", "\"b\"", "\\", "\\u", "\\uD83D", "0x",
        "0x1F", "1", "2.5", "1e9", "99999999999999999999", "5.", "\n", "\r\n", "\t", "\0", "\u{FEFF}", "é", "e\u{301}",
        "😀", "’", "ORDER BY", "LIKE", "$version", "_", "#", ";", "--", " ",
    ]

    @Test(arguments: QueryMode.allCases, [1, 2] as [UInt64])
    func damagedQueriesAreQueriesOrFaults(_ mode: QueryMode, seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let row = try SampleTwin.row()
        var good = 0
        for _ in 0..<1_000 * Rounds.factor {
            var scalars = Array((Self.seeds.randomElement(using: &generator) ?? "").unicodeScalars)
            for _ in 0...Int.random(in: 0...3, using: &generator) { Self.damage(&scalars, using: &generator) }
            var text = ""
            text.unicodeScalars.append(contentsOf: scalars)
            if Self.check(text, mode, on: row) { good += 1 }
        }
        // Damage inside of a text or to a space leaves a query good; a parser that refuses all proves nothing.
        #expect(good > 10)
    }

    private static func damage(_ scalars: inout [Unicode.Scalar], using generator: inout SeededGenerator) {
        guard !scalars.isEmpty else { return }
        let position = Int.random(in: scalars.indices, using: &generator)
        let end = min(scalars.count, position + Int.random(in: 1...12, using: &generator))
        switch Int.random(in: 0..<6, using: &generator) {
        case 0: scalars[position] = Unicode.Scalar(UInt32.random(in: 0..<0x3000, using: &generator)) ?? "?"
        case 1: scalars.remove(at: position)
        case 2: scalars.insert(contentsOf: (pieces.randomElement(using: &generator) ?? "").unicodeScalars, at: position)
        case 3:
            scalars.insert(
                contentsOf: Array(scalars[position..<end]),
                at: Int.random(in: scalars.indices, using: &generator)
            )
        case 4: scalars.removeSubrange(position..<end)
        default: scalars.swapAt(position, Int.random(in: scalars.indices, using: &generator))
        }
    }

    @Test(arguments: QueryMode.allCases, [3, 4] as [UInt64])
    func heapsOfTokensAreQueriesOrFaults(_ mode: QueryMode, seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let row = try SampleTwin.row()
        for round in 0..<1_000 * Rounds.factor {
            // Half of them get past FROM, to the rules behind it.
            var text = round.isMultiple(of: 2) ? "SELECT * FROM devices WHERE " : ""
            for _ in 0..<Int.random(in: 0...14, using: &generator) {
                text += Self.pieces.randomElement(using: &generator) ?? ""
                if Bool.random(using: &generator) { text += " " }
            }
            _ = Self.check(text, mode, on: row)
        }
    }

    @Test(arguments: [5, 6] as [UInt64]) func randomBytesAreFaults(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let row = try SampleTwin.row()
        for _ in 0..<1_000 * Rounds.factor {
            let count = Int.random(in: 0...60, using: &generator)
            let bytes = (0..<count).map { _ in UInt8.random(in: 0...255, using: &generator) }
            let text = String(decoding: bytes, as: UTF8.self)
            if Self.check(text, .superset, on: row) { Issue.record("no query: \(text.debugDescription)") }
            do throws(QueryError) { _ = try QueryCondition(parsing: text).matches(row) } catch {
                Self.expectInside(error, text)
            }
        }
    }

    @Test(arguments: QueryMode.allCases) func randomGrammarIsAlwaysRead(_ mode: QueryMode) throws {
        var random = RandomQuery(generator: SeededGenerator(seed: 9), isSuperset: mode == .superset)
        for _ in 0..<500 * Rounds.factor {
            let condition = random.condition(5)
            if condition.utf16.count > 8_000 { continue }
            let statement = try QueryStatement(parsing: "SELECT * FROM devices WHERE \(condition)", mode: mode)
            let alone = try QueryCondition(parsing: condition, mode: mode)
            let row = random.row()
            if statement.matches(row) != alone.matches(row) { Issue.record("\(condition)") }
        }
    }
}
