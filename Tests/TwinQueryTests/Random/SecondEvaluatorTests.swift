import IoTHub
import TestKit
import Testing

@testable import TwinQuery

@Suite struct SecondEvaluatorTests {
    @Test(arguments: QueryMode.allCases, [1, 2, 3] as [UInt64])
    func bothEvaluatorsComeToTheSame(_ mode: QueryMode, seed: UInt64) throws {
        var random = RandomQuery(generator: SeededGenerator(seed: seed), isSuperset: mode == .superset)
        var outcomes: [JSON?: Int] = [:]
        for _ in 0..<400 * Rounds.factor {
            let text = random.condition(Int.random(in: 0...4, using: &random.generator))
            var parser = try Parser(text, mode: mode, ending: .condition)
            let expression = try parser.wholeCondition()
            let condition = try QueryCondition(parsing: text, mode: mode)
            for _ in 0..<4 {
                let row = random.row()
                let naive = NaiveEvaluator.value(of: text, in: row)
                let value = expression.value(in: row)
                // Not with #expect each time, which would take longer than all the rest.
                if !Self.same(value, naive) {
                    Issue.record(
                        "\(text)\nin \(row)\nis \(String(describing: value)), naively \(String(describing: naive))"
                    )
                }
                if condition.matches(row) != (naive == .bool(true)) { Issue.record("\(text)\nin \(row)") }
                outcomes[naive?.boolValue.map(JSON.bool), default: 0] += 1
            }
        }
        // Rows and conditions that never meet would prove nothing.
        for outcome in [true, false, nil] as [JSON?] { #expect(outcomes[outcome, default: 0] > 200) }
    }

    /// As `==`, but texts code point by code point.
    private static func same(_ left: JSON?, _ right: JSON?) -> Bool {
        if case .string(let left)? = left, case .string(let right)? = right {
            return left.utf8.elementsEqual(right.utf8)
        }
        return left == right
    }

    @Test(arguments: [11, 12] as [UInt64]) func groupsAreThoseOfANaiveCount(seed: UInt64) throws {
        var random = RandomQuery(generator: SeededGenerator(seed: seed), isSuperset: false)
        for _ in 0..<30 * Rounds.factor {
            let condition = random.condition(2)
            let statement = try QueryStatement(
                parsing: "SELECT status, COUNT() AS n, SUM(tags.c.d) AS s, MAX(version) AS m FROM devices "
                    + "WHERE \(condition) GROUP BY status"
            )
            var grouping = statement.makeGrouping()
            var naive: [JSON?: [JSON]] = [:]
            for _ in 0..<40 {
                let row = random.row()
                if statement.matches(row) { grouping.add(row) }
                if NaiveEvaluator.value(of: condition, in: row) == true {
                    naive[row["status"], default: []].append(row)
                }
            }
            let rows = grouping.rows
            #expect(rows.count == naive.count)
            for row in rows {
                let members = naive[row["status"]] ?? []
                #expect(row["n"] == .integer(Int64(members.count)))
                let numbers = members.compactMap { $0["tags"]?["c"]?["d"]?.doubleValue }
                #expect((row["s"] == nil) == numbers.isEmpty)
                let largest = members.compactMap { $0["version"] }.max { NaiveEvaluator.compare($0, "<", $1) == true }
                #expect(NaiveEvaluator.compare(row["m"], "=", largest) == true)
            }
        }
    }
}
