import IoTHub
import Testing
import TwinQuery

@Suite struct SelectionTests {
    private static func rows(_ query: String, _ rows: [JSON]) throws -> [JSON] {
        let statement = try QueryStatement(parsing: query)
        let kept = rows.filter(statement.matches)
        switch statement.selection {
        case .all: return kept
        case .projection: return kept.map(statement.project)
        case .groups:
            var grouping = statement.makeGrouping()
            for row in kept { grouping.add(row) }
            return grouping.rows
        }
    }

    private static func tagged(_ tags: [JSON]) -> [JSON] { tags.map { ["tags": $0] } }

    private static let projections: [(String, JSON)] = [
        ("SELECT deviceId FROM devices", ["deviceId": "myDeviceId"]),
        ("SELECT DEVICEID AS DeviceID FROM devices", ["DeviceID": "myDeviceId"]),
        ("SELECT tags.location.plant FROM devices", ["plant": "Redmond43"]),
        (
            "SELECT tags.location.plant AS [[group by]], status FROM devices",
            ["group by": "Redmond43", "status": "enabled"]
        ),
        ("SELECT tags.location FROM devices", ["location": ["region": "US", "plant": "Redmond43"]]),
        ("SELECT tags.nothing, tags.none, version FROM devices", ["none": nil, "version": 2]),
        ("SELECT tags.[[group]].name FROM devices", ["name": "red"]),
        ("SELECT properties.reported.$version FROM devices", ["$version": 7]),
        ("SELECT tags.Floor, tags.floor FROM devices", ["Floor": 4, "floor": 3]),
        ("SELECT tags.nothing FROM devices", [:]),
    ]

    @Test(arguments: projections)
    func projectionsTakeTheirNamesFromThePathOrTheAlias(_ query: String, _ row: JSON) throws {
        #expect(try QueryStatement(parsing: query).selection == .projection)
        #expect(try Self.rows(query, [try SampleTwin.row()]) == [row])
    }

    @Test func projectionsKeepTheOrderOfTheQuery() throws {
        let statement = try QueryStatement(parsing: "SELECT status, deviceId, version FROM devices")
        #expect(
            statement.project(try SampleTwin.row()).objectValue.map { Array($0.keys) } == [
                "status", "deviceId", "version",
            ]
        )
    }

    private static let aggregates: [(String, JSON?)] = [
        ("COUNT()", 8), ("SUM(tags.n)", 10.5), ("AVG(tags.n)", 2.625), ("MIN(tags.n)", -1), ("MAX(tags.n)", 9),
        ("sum(tags.i)", 9_223_372_036_854_775_807), ("max(tags.i)", 9_223_372_036_854_775_806),
        ("min(tags.big)", 9_007_199_254_740_992), ("max(tags.big)", 9_007_199_254_740_993),
        ("SUM(tags.over)", 18_446_744_073_709_551_614.0), ("SUM(tags.huge)", nil), ("AVG(tags.huge)", nil),
        ("AVG(tags.text)", nil), ("SUM(tags.text)", nil), ("MIN(tags.text)", nil), ("MAX(tags.nothing)", nil),
    ]

    @Test(arguments: aggregates)
    func aggregatesPassOverWhatIsNoNumber(_ aggregate: String, _ value: JSON?) throws {
        let rows = Self.tagged([
            [
                "n": 1, "i": 9_223_372_036_854_775_806, "big": 9_007_199_254_740_993, "over": .integer(.max),
                "huge": 1e308,
            ],
            ["n": 1.5, "i": 1, "big": 9_007_199_254_740_992, "over": .integer(.max), "huge": 1e308],
            ["n": -1], ["n": 9], ["n": "7", "text": "a"], ["n": true], ["n": nil], ["text": ["n": 1]],
        ])
        let expected: JSONObject = value.map { ["x": $0] } ?? [:]
        #expect(try Self.rows("SELECT \(aggregate) AS x FROM devices", rows) == [.object(expected)])
    }

    @Test func withoutRowsThereIsOneRowOrNoGroup() throws {
        let query = "SELECT COUNT() AS n, AVG(tags.x) AS a, SUM(tags.x) AS s FROM devices"
        #expect(try Self.rows(query, []) == [["n": 0]])
        #expect(try Self.rows("SELECT status, COUNT() FROM devices GROUP BY status", []).isEmpty)
    }

    @Test func aggregatesWithoutAliasAreNamedAfterTheirFunction() throws {
        let query = "SELECT Count(), avg(tags.x), SUM(tags.x), MIN(tags.x), MAX(tags.x) FROM devices"
        let expected: JSON = ["count": 2, "avg": 1.5, "sum": 3, "min": 1, "max": 2]
        #expect(try Self.rows(query, Self.tagged([["x": 1], ["x": 2]])) == [expected])
    }

    @Test func groupsAreMadeOfEqualValuesInTheOrderOfAppearance() throws {
        let values: [JSON?] = [
            "b", 1, "a", 1.0, nil, true, .null, "é", "e\u{301}", "b", nil, ["x": 1], ["x": 1], 1.5, 1, .null,
            9_007_199_254_740_992, 9_007_199_254_740_993,
        ]
        let rows = Self.tagged(values.map { value in value.map { ["k": $0] } ?? [:] })
        let expected: [JSON] = [
            ["k": "b", "count": 2], ["k": 1, "count": 3], ["k": "a", "count": 1], ["count": 2],
            ["k": true, "count": 1],
            ["k": nil, "count": 2], ["k": "é", "count": 1], ["k": "e\u{301}", "count": 1], ["k": ["x": 1], "count": 2],
            ["k": 1.5, "count": 1], ["k": 9_007_199_254_740_992, "count": 1], ["k": 9_007_199_254_740_993, "count": 1],
        ]
        #expect(try Self.rows("SELECT tags.k, COUNT() FROM devices GROUP BY tags.k", rows) == expected)
    }

    @Test func severalPathsGroupTogether() throws {
        let rows = Self.tagged([
            ["a": 1, "b": 1, "n": 10], ["a": 1, "b": 2, "n": 20], ["a": 1, "b": 1, "n": 30], ["b": 1, "n": 40],
        ])
        let query = """
            SELECT tags.b AS second, SUM(tags.n) AS total, tags.a AS first FROM devices
            WHERE tags.n > 0 GROUP BY tags.a, devices.tags.b
            """
        let expected: [JSON] = [
            ["first": 1, "second": 1, "total": 40], ["first": 1, "second": 2, "total": 20], ["second": 1, "total": 40],
        ]
        #expect(try Self.rows(query, rows) == expected)
    }

    @Test func groupsNeedNeitherAggregatesNorAllTheirKeysInTheResult() throws {
        let rows = Self.tagged([["a": 1, "b": 1], ["a": 1, "b": 2], ["a": 1, "b": 1]])
        #expect(try Self.rows("SELECT tags.a FROM devices GROUP BY tags.a", rows) == [["a": 1]])
        let counts = try Self.rows("SELECT COUNT() AS n FROM devices GROUP BY tags.b", rows)
        #expect(counts == [["n": 2], ["n": 1]])
    }

    @Test func topIsTheLimitOfTheResult() throws {
        #expect(try QueryStatement(parsing: "SELECT TOP 3 * FROM devices").limit == 3)
        let largest = try QueryStatement(parsing: "SELECT TOP 9223372036854775807 status FROM devices")
        #expect(largest.limit == .max)
        #expect(largest.selection == .projection)
    }

    @Test(arguments: [
        ("devices", QuerySource.devices), ("DEVICES", .devices), ("devices.modules", .modules),
        ("Devices . Modules", .modules), ("devices.jobs", .jobs),
    ])
    func collectionsAreThree(_ text: String, _ source: QuerySource) throws {
        #expect(try QueryStatement(parsing: "SELECT * FROM \(text)").source == source)
    }
}
