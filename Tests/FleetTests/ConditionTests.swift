import IoTHub
import Testing

@testable import Fleet

@Suite("Conditions that select devices")
struct ConditionTests {
    /// The good sample with lines after its workload item's pace, which stands in line 19.
    private static func sample(to condition: String) throws -> String {
        try Sample.replacing("rate: 100/s", "rate: 100/s\n    to: \(condition)")
    }

    private static func selected(_ condition: String) throws -> [String] {
        let fleet = try Sample.parse(sample(to: condition))
        return fleet.workload[0].devices.map { fleet.devices[$0].id }
    }

    static let selections: [(String, [String])] = [
        ("tags.location.plant = 'Redmond43'", ["myDeviceId"]),
        (
            "tags.location.region = 'EU' AND tags.location.plant = 'Munich1'",
            ["press-0001", "press-0005", "press-0009"]
        ),
        ("deviceId IN ['press-0003', 'myDeviceId', 'other']", ["myDeviceId", "press-0003"]),
        ("\"STARTSWITH(deviceId, 'my')\"", ["myDeviceId"]),
        ("'tags.location.plant = ''Redmond43'''", ["myDeviceId"]),
        ("|\n      tags.location.plant = 'Redmond43'\n      OR deviceId = 'press-0000'", ["myDeviceId", "press-0000"]),
        (">\n      status = 'enabled'\n      AND deviceId = 'press-0000'", ["press-0000"]),
        ("status != 'disabled' AND deviceId = 'press-0002'", ["press-0002"]),
        ("deviceId = '${ID}'", ["press-0007"]),
        (
            "properties.reported.connectivity.type = 'cellular' AND tags.location.plant = 'Redmond43' # the article's",
            ["myDeviceId"]
        ),
    ]

    @Test("'to' selects by what is declared", arguments: selections)
    func selection(_ condition: String, _ ids: [String]) throws {
        let fleet = try Sample.parse(Self.sample(to: condition), environment: ["ID": "press-0007"])
        #expect(fleet.workload[0].devices.map { fleet.devices[$0].id } == ids)
    }

    @Test("connectivity is what each device was dealt")
    func connectivity() throws {
        let fleet = try Sample.parse(Self.sample(to: "properties.reported.connectivity.type = 'wifi'"))
        let devices = fleet.workload[0].devices.map { fleet.devices[$0] }
        #expect(devices.count == 7)
        #expect(devices.allSatisfy { $0.connectivity == "wifi" })
    }

    @Test("without 'to' an item goes to every device")
    func every() throws {
        let fleet = try Sample.parse(Sample.good)
        #expect(fleet.workload[0].devices == Array(fleet.devices.indices))
    }

    @Test("a tag's number is a number, and a tag that is null is not there")
    func numbers() throws {
        let text = try Sample.replacing("plant: \"Munich{index%4}\"", "line: \"{index%4}\", old: ~")
        func ids(_ condition: String) throws -> [String] {
            let fleet = try Sample.parse(text.replacing("rate: 100/s", with: "rate: 1/s\n    to: \(condition)"))
            return fleet.workload[0].devices.map { fleet.devices[$0].id }
        }
        #expect(try ids("tags.location.line >= 3") == ["press-0003", "press-0007"])
        #expect(try ids("NOT IS_DEFINED(tags.location.line)") == ["myDeviceId"])
        #expect(try ids("NOT IS_DEFINED(tags.location.old)").count == 11)
    }

    @Test("the pace counts the selected devices only")
    func pace() throws {
        let many = try Sample.replacing("rate: 100/s", "every: 1ms").replacing("duration: 1m", with: "duration: 2h")
        #expect(Sample.mistakes(many).first?.contains("a workload of 79,200,000 changes") == true)
        let few = many.replacing("every: 1ms", with: "every: 1ms\n    to: deviceId = 'myDeviceId'")
        #expect(Sample.mistakes(few) == [])
    }

    @Test("'queries' are kept as written")
    func queries() throws {
        let text = try Sample.replacing(
            "latencyBy:",
            "queries:\n  - tags.location.plant = 'Redmond43'\n  - status = 'enabled'\nlatencyBy:"
        )
        let queries = try Sample.parse(text).queries
        #expect(queries.map(\.text) == ["tags.location.plant = 'Redmond43'", "status = 'enabled'"])
        #expect(queries.first?.statement == "SELECT * FROM devices WHERE tags.location.plant = 'Redmond43'")
        #expect(queries.map(\.readsReported) == [false, false])
        #expect(try DeviceCondition(parsing: "IS_DEFINED(properties.reported.connectivity)").readsReported)
    }

    @Test("a query with a variable is told as written, and sent with what the environment says")
    func variables() throws {
        let text = try Sample.replacing(
            "latencyBy:",
            "queries:\n  - tags.location.plant = '${PLANT}'\n  - status = 'enabled'\nlatencyBy:"
        )
        let queries = try Sample.parse(text, environment: ["PLANT": "Redmond43"]).queries
        #expect(queries.map(\.text) == ["tags.location.plant = '${PLANT}'", "status = 'enabled'"])
        #expect(queries.first?.statement == "SELECT * FROM devices WHERE tags.location.plant = 'Redmond43'")
        #expect(queries.map(\.isPrivate) == [true, false])
    }

    static let mistakes: [(condition: String, place: String, words: [String])] = [
        ("", "20:8", ["found nothing; expected a twin query's condition"]),
        ("[a]", "20:9", ["found a list; expected a twin query's condition"]),
        ("tags.location.plant == 'Redmond43'", "20:29", ["found '=='", "did you mean '='?"]),
        ("'tags.location.plant = '", "20:32", []),
        ("\"tags.location.plant = 'Redmond43\"", "20:32", []),
        ("ROUND(1) = 1", "20:9", []),
        (
            "deviceId = 'a' AND properties.reported.battery > 5", "20:28",
            [
                "'properties.reported.battery', which a fleet file does not declare",
                "expected deviceId, status, tags or",
            ]
        ),
        ("'connectionState = ''Connected'''", "20:9", ["'connectionState'", "in line 1, column 1 of the condition"]),
        ("\"battery = 5\"", "20:10", ["found 'battery'; expected a field of a twin"]),
        ("tgs.location.plant = 'a'", "20:9", ["did you mean 'tags'?"]),
        ("devceId = 'a'", "20:9", ["did you mean 'deviceId'?"]),
        (
            "properties.reported.conectivity.type = 'wifi'", "20:9",
            ["did you mean 'properties.reported.connectivity.type'?"]
        ),
        ("properties.desired.speed = 5", "20:9", ["'properties.desired.speed'"]),
        ("properties.reported = 5", "20:9", ["'properties.reported'"]),
        (
            "status = 'enabled'\n      AND battery = 5", "20:9",
            ["'battery'", "in line 1, column 24 of the condition"]
        ),
        (
            "|\n      status = 'enabled'\n      AND battery = 5", "20:9",
            ["'battery'", "in line 2, column 5 of the condition"]
        ),
        (
            "status = 'enabled' AND tags.location.plnt = 'Redmond43'", "20:32",
            ["'tags.location.plnt', which no device has", "did you mean 'tags.location.plant'?"]
        ),
        (
            "tags.location.plant = 'Redmond34'", "20:9",
            [
                "which no device satisfies",
                "tags.location.plant is 'Munich0', 'Munich1', 'Munich2', 'Munich3' or 'Redmond43'",
                "did you mean 'Redmond43'?",
            ]
        ),
        ("deviceId = 'prss-0003'", "20:9", ["which no device satisfies", "did you mean 'press-0003'?"]),
        (
            "properties.reported.connectivity.type = 'cell'", "20:9",
            ["properties.reported.connectivity.type is 'cellular' or 'wifi'"]
        ),
        (
            "tags.location.plant = 'Redmond43' AND tags.location.region = 'EU'", "20:9",
            ["tags.location.region is 'EU' or 'US'"]
        ),
        (
            "deviceId = '\(String(repeating: "x", count: 8152))'", "20:9",
            ["a query of 8,193 characters", "at most 8,192, the limit of a hub"]
        ),
    ]

    @Test("a bad condition is told at its place in the file, alone", arguments: mistakes)
    func mistake(_ example: (condition: String, place: String, words: [String])) throws {
        let mistakes = Sample.mistakes(try Self.sample(to: example.condition))
        #expect(mistakes.count == 1, "\(mistakes)")
        let first = try #require(mistakes.first)
        #expect(first.hasPrefix("f.yaml:\(example.place): found "), "\(first)")
        #expect(first.contains("; expected "), "\(first)")
        for words in example.words { #expect(first.contains(words), "\(first)") }
    }

    @Test("a bad query is told, too, and so is a list that is none")
    func badQueries() throws {
        func mistakes(_ queries: String) throws -> [String] {
            Sample.mistakes(try Sample.replacing("latencyBy:", "queries: \(queries)\nlatencyBy:"))
        }
        #expect(try mistakes("tags.a = 'b'").first?.contains("20:10: found") == true)
        #expect(try mistakes("[]").first?.contains("found an empty list; expected a list with at least one") == true)
        let bad = try mistakes("\n  - status = 'enabled'\n  - battery = 5\n  - tags.location.plant = 'Munich9'")
        #expect(bad.map { $0.prefix(12) } == ["f.yaml:22:5:", "f.yaml:23:5:"], "\(bad)")
        let many = try mistakes("\n" + String(repeating: "  - status = 'enabled'\n", count: 101))
        #expect(many.first?.contains("a list of 101 queries; expected at most 100") == true)
    }

    @Test("without devices a condition is not blamed")
    func noDevices() throws {
        let text = try Self.sample(to: "deviceId = 'myDeviceId'").replacing("count: 10", with: "count: ten")
        #expect(Sample.mistakes(text).count == 1)
    }

    @Test("a message is one line, whatever tags and conditions hold")
    func oneLine() throws {
        let text = try Self.sample(to: "|\n      tags.location.plant =\n      'Redmond34'")
            .replacing("plant: Redmond43", with: "plant: \"Redmond\\n3\"")
        let mistakes = Sample.mistakes(text)
        #expect(mistakes.count == 1 && mistakes.first?.contains("'Redmond\\n3'") == true, "\(mistakes)")
        #expect(Sample.mistakes(try Self.sample(to: "|\n      status =\n      'a\n      b' OR")).count == 1)
    }

    @Test("what the environment says is in no message")
    func secrets() throws {
        for condition in [
            "tags.location.plant = '${SECRET}'", "battery = '${SECRET}'", "tags.location.plant = = '${SECRET}'",
        ] {
            let mistakes = Sample.mistakes(try Self.sample(to: condition), environment: ["SECRET": "hidden1"])
            #expect(mistakes.count == 1 && mistakes.first?.contains("hidden1") == false, "\(mistakes)")
            #expect(
                mistakes.first?.hasPrefix("f.yaml:20:9: found '") == true
                    && mistakes.first?.contains("${SECRET}") == true
            )
        }
        let text = try Self.sample(to: "tags.location.plant = 'hidden2'").replacing(
            "plant: Redmond43",
            with: "plant: ${SECRET}"
        )
        let mistakes = Sample.mistakes(text, environment: ["SECRET": "hidden1"])
        #expect(mistakes.count == 1 && mistakes.first?.contains("hidden1") == false, "\(mistakes)")
    }
}
