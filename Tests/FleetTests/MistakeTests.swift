import Testing

@testable import Fleet

/// One mistake made in the good sample, where it is told, and words that must be in the message.
struct MistakeCase: CustomTestStringConvertible, Sendable {
    var part: String
    var replacement: String
    var place: String
    var words: [String]

    init(_ part: String, _ replacement: String, _ place: String, _ words: String...) {
        self.part = part
        self.replacement = replacement
        self.place = place
        self.words = words
    }

    var testDescription: String { "\(part) -> \(replacement.prefix(60))" }
}

@Suite("Mistakes in a fleet file")
struct MistakeTests {
    static let keys: [MistakeCase] = [
        MistakeCase("duration:", "durration:", "5:1", "unknown key 'durration' in a fleet", "did you mean 'duration'?"),
        MistakeCase("    count: 10", "    cuont: 10", "12:5", "'cuont' in a device", "did you mean 'count'?"),
        MistakeCase(
            "rate: 100/s",
            "rte: 100/s",
            "19:5",
            "'rte' in a workload item",
            "desired, to, rate or every",
            "did you mean 'rate'?"
        ),
        MistakeCase("  lost:", "  losst:", "23:3", "'losst' in thresholds", "did you mean 'lost'?"),
        MistakeCase("fleet: sample\n", "", "1:1", "a fleet without 'fleet'"),
        MistakeCase("duration: 1m\n", "", "1:1", "a fleet without 'duration'"),
        MistakeCase("id: myDeviceId\n    transport: Mqtt", "transport: Mqtt", "7:5", "a device without 'id'"),
        MistakeCase(
            "desired: { speed: { type: 5G }, telemetryInterval: \"{random:1..60}\" }\n    ",
            "",
            "18:5",
            "without 'desired'"
        ),
        MistakeCase("\n    rate: 100/s", "", "18:5", "without a pace", "rate: 100/s"),
        MistakeCase("rate: 100/s", "rate: 100/s\n    every: 1s", "20:5", "both 'rate' and 'every'"),
        MistakeCase("seed: 42", "seed: 42\nseed: 43", "4:1", "'seed' a second time", "already at 3:1"),
    ]

    static let types: [MistakeCase] = [
        MistakeCase("fleet: sample", "fleet: [a]", "1:8", "found a list; expected a name"),
        MistakeCase("fleet: sample", "fleet: 12", "1:8", "found the number 12", "in quotes: \"12\""),
        MistakeCase("fleet: sample", "fleet: a/b", "1:8", "'a/b'", "letters, digits"),
        MistakeCase("fleet: sample", "fleet:", "1:7", "found nothing"),
        MistakeCase("seed: 42", "seed: -1", "3:7", "found the number -1", "from 0 to 9223372036854775807"),
        MistakeCase("seed: 42", "seed: \"42\"", "3:7", "found '42'"),
        MistakeCase("connect: 200/s", "connect: 200", "4:10", "'200' without a unit", "100/s"),
        MistakeCase("connect: 200/s", "connect: 0/s", "4:10", "'0/s'", "above 0"),
        MistakeCase("connect: 200/s", "connect: 200/sec", "4:10", "unit 'sec'", "did you mean '200/s'?"),
        MistakeCase("rate: 100/s", "rate: fast", "19:11", "found 'fast'; expected a rate"),
        MistakeCase("rate: 100/s", "rate: 9999999/s", "19:11", "at most 1,000,000/s"),
        MistakeCase("rate: 100/s", "every: 10", "19:12", "'10' without a unit"),
        MistakeCase("rate: 100/s", "every: 10us", "19:12", "at least 1ms"),
        MistakeCase("rate: 100/s", "rate: [1/s]", "19:11", "found a list; expected a rate"),
        MistakeCase("seed: 42", "amqp: 100", "3:7", "found the number 100"),
        MistakeCase("seed: 42", "amqp: {}", "3:7", "'pool'"),
        MistakeCase("seed: 42", "amqp: { pol: 100 }", "3:9", "did you mean 'pool'?"),
        MistakeCase("seed: 42", "amqp: { pool: 0 }", "3:15", "found the number 0", "from 1 to 995"),
        MistakeCase("seed: 42", "amqp: { pool: 996 }", "3:15", "from 1 to 995"),
        MistakeCase("duration: 1m", "duration: 90", "5:11", "'90' without a unit", "1m30s"),
        MistakeCase("duration: 1m", "duration: 10sec", "5:11", "unit 'sec'", "did you mean 's'?"),
        MistakeCase("duration: 1m", "duration: 30s1m", "5:11", "the greater ones first"),
        MistakeCase("duration: 1m", "duration: 99999999999999h", "5:11", "at most 366 days"),
        MistakeCase("duration: 1m", "duration: 0s", "5:11", "at least 1ms"),
        MistakeCase("duration: 1m", "duration: 366d", "5:11", "unit 'd'"),
        MistakeCase(
            "latencyBy: [tags.location.plant]",
            "latencyBy: [\((0..<17).map { "a\($0)" }.joined(separator: ", "))]",
            "20:12",
            "a list of 17 paths; expected at most 16"
        ),
        MistakeCase("rate: 100/s", "rate: 100/s\n    to: { a: b }", "20:9", "found a mapping; expected a twin query's"),
        MistakeCase("latencyBy:", "queries: status\nlatencyBy:", "20:10", "found 'status'; expected a list"),
        MistakeCase("latencyBy:", "queries: [[a]]\nlatencyBy:", "20:11", "found a list; expected a twin query's"),
        MistakeCase("latencyBy: [tags.location.plant]", "latencyBy: 5", "20:12", "found the number 5"),
        MistakeCase("hub: local", "hub: lokal", "2:6", "found 'lokal'", "did you mean 'local'?"),
        MistakeCase("- id: myDeviceId", "- id: 7", "7:9", "the number 7", "in quotes: \"7\""),
        MistakeCase(
            "latencyBy: [tags.location.plant]",
            "latencyBy: tags.location.plnt",
            "20:12",
            "'tags.location.plnt', which no device has",
            "did you mean 'tags.location.plant'?"
        ),
    ]

    static let devices: [MistakeCase] = [
        MistakeCase("count: 10", "count: 0", "12:12", "found the number 0", "from 1 to 1,000,000"),
        MistakeCase("count: 10", "count: -5", "12:12", "the number -5"),
        MistakeCase("count: 10", "count: 1000001", "12:12", "1,000,000, the most devices of a fleet"),
        MistakeCase("count: 10", "count: 99999999999999999999", "12:12", "99999999999999999999"),
        MistakeCase("count: 10", "count: ten", "12:12", "found 'ten'"),
        MistakeCase("count: 10", "count: \"10\"", "12:12", "found '10'"),
        MistakeCase("count: 10", "count: 1.5", "12:12", "the number 1.5"),
        MistakeCase("count: 10", "count: 1000000", "6:1", "1,000,001 devices in all"),
        MistakeCase(
            "id: myDeviceId",
            "id: press-0003",
            "11:9",
            "duplicate id 'press-0003', which stands already at 7:9"
        ),
        MistakeCase("press-{index:04}", "press-{index%4}", "11:9", "'press-0'", "indices 0 and 4", "5 more"),
        MistakeCase("press-{index:04}", "press", "11:9", "the same id 'press' for 10 devices", "\"press-{index:04}\""),
        MistakeCase(
            "id: myDeviceId",
            "id: my device",
            "7:9",
            "'my device', which has a space",
            "ASCII letters, digits"
        ),
        MistakeCase("id: myDeviceId", "id: gerät", "7:9", "has 'ä'"),
        MistakeCase("id: myDeviceId", "id: \"\"", "7:9", "an empty text"),
        MistakeCase("myDeviceId", String(repeating: "a", count: 129), "7:9", "has 129 characters", "at most 128"),
        MistakeCase("{index:04}", "{indx:04}", "11:9", "'{indx:04}'", "did you mean '{index:04}'?"),
        MistakeCase("{index:04}", "{index:4}", "11:9", "'{index:4}'", "did you mean '{index:04}'?"),
        MistakeCase("{index:04}", "{index%0}", "11:9", "'{index%0}'", "above 0 after %"),
        MistakeCase("{index:04}", "{index:0999}", "11:9", "a width"),
        MistakeCase("{index:04}", "{random:1..5}", "11:9", "'{random:1..5}'", "desired properties only"),
        MistakeCase("{index:04}", "{index", "11:9", "'{' without a '}'", "'{{'"),
        MistakeCase("{index:04}", "{index}}", "11:9", "'}' without a '{'"),
        MistakeCase(
            "transport: Mqtt\n",
            "transport: Mqqt\n",
            "8:16",
            "unknown transport 'Mqqt'",
            "did you mean 'Mqtt'?"
        ),
        MistakeCase("transport: Mqtt\n", "transport: mqtt\n", "8:16", "'mqtt'", "did you mean 'Mqtt'?"),
        MistakeCase(
            "transport: Mqtt\n",
            "transport: Http1\n",
            "8:16",
            "'Http1', which knows no device twins; expected Mqtt, Mqtt_Tcp_Only, Mqtt_WebSocket_Only, Amqp, "
                + "Amqp_Tcp_Only or Amqp_WebSocket_Only"
        ),
        MistakeCase("transport: Mqtt\n", "transport: [Mqtt]\n", "8:16", "found a list", "Amqp_WebSocket_Only"),
        MistakeCase("Mqtt: 60%", "Mqtt: 50%", "13:16", "shares that add up to 90%; expected 100% in all"),
        MistakeCase("Mqtt: 60%", "Mqtt: 60.000001%", "13:16", "100.000001%"),
        MistakeCase("Mqtt: 60%", "Mqtt: 60", "13:24", "'60' without %", "did you mean '60%'?"),
        MistakeCase("Mqtt: 60%", "Mqtt: lots", "13:24", "found 'lots'; expected a share"),
        MistakeCase("Mqtt: 60%", "Mqtt: 101%", "13:24", "'101%'", "from 0% to 100%"),
        MistakeCase("Mqtt: 60%", "Http1: 60%", "13:18", "'Http1', which knows no device twins"),
        MistakeCase("{ wifi: 70%, cellular: 30% }", "{}", "14:19", "an empty mapping"),
        MistakeCase(
            "{ wifi: 70%, cellular: 30% }",
            "{ \((0..<101).map { "v\($0): 0%" }.joined(separator: ", ")) }",
            "14:19",
            "shares of 101 values; expected at most 100"
        ),
        MistakeCase("auth: sas", "auth: sass", "15:11", "found 'sass'; expected sas or x509", "did you mean 'sas'?"),
        MistakeCase("auth: sas", "auth: [sas]", "15:11", "found a list; expected sas or x509"),
        MistakeCase("auth: sas", "auth: { sas: 50%, x508: 50% }", "15:23", "'x508'", "did you mean 'x509'?"),
        MistakeCase("auth: sas", "auth: { sas: 50%, x509: 49% }", "15:11", "shares that add up to 99%"),
        MistakeCase("auth: sas", "auth: { x508: ca }", "15:13", "unknown key 'x508'", "did you mean 'x509'?"),
        MistakeCase(
            "auth: sas",
            "auth: { x509: self }",
            "15:19",
            "found 'self'; expected certificates: selfSigned or ca"
        ),
        MistakeCase("auth: sas", "auth: {}", "15:11", "without 'x509'; expected that key, such as 'x509: selfSigned'"),
        MistakeCase("auth: sas", "auth: { x509: ca, kee: k.pem }", "15:23", "unknown key 'kee'", "did you mean 'key'?"),
    ]

    static let twins: [MistakeCase] = [
        MistakeCase("region: US", "re.gion: US", "10:25", "the name 're.gion' in tags.location"),
        MistakeCase("region: US", "$region: US", "10:25", "the name '$region'"),
        MistakeCase(
            "region: US",
            "region: \"\(String(repeating: "x", count: 4097))\"",
            "10:33",
            "4,097 bytes at tags.location.region",
            "at most 4,096"
        ),
        MistakeCase(
            "region: US",
            "region: 4503599627370496",
            "10:33",
            "4503599627370496",
            "from -4503599627370496 to 4503599627370495"
        ),
        MistakeCase("region: US", "region: 99999999999999999999", "10:33", "99999999999999999999"),
        MistakeCase("region: US", "region: .nan", "10:33", "a number that JSON can express"),
        MistakeCase("region: US", "region: [1, ~]", "10:37", "null in the list tags.location.region"),
        MistakeCase(
            "region: US",
            "region: {a: {b: {c: {d: {e: {f: {g: {h: {i: {}}}}}}}}}}",
            "10:69",
            "nesting too many",
            "at most 10"
        ),
        MistakeCase("region: US", "region: \"{change}\"", "10:33", "'{change}'", "desired properties only"),
        MistakeCase(
            "tags: { location: { region: US, plant: Redmond43 } }",
            "tags: Redmond43",
            "10:11",
            "found 'Redmond43'; expected tags as a mapping"
        ),
        MistakeCase("speed: { type: 5G }", "speed: [a, null]", "18:27", "null in the list desired.speed"),
        MistakeCase(
            "speed: { type: 5G }",
            "speed: \"{random:60..1}\"",
            "18:23",
            "'{random:60..1}'",
            "the smaller number first"
        ),
        MistakeCase("speed: { type: 5G }", "speed: \"{random:1-60}\"", "18:23", "a range such as {random:1..60}"),
        MistakeCase("speed: { type: 5G }", "speed: \"{random}\"", "18:23", "a range such as {random:1..60}"),
        MistakeCase("speed: { type: 5G }", "speed: \"{random:1..9999999999999999}\"", "18:23", "that a twin can hold"),
        MistakeCase("speed: { type: 5G }", "speed: \"{ramdom:1..6}\"", "18:23", "did you mean '{random:1..6}'?"),
        MistakeCase("speed: { type: 5G }", "speed: \"{change:3}\"", "18:23", "{change} alone"),
        MistakeCase("speed: { type: 5G }", "\"s{index}\": 1", "18:16", "a brace in the name"),
        MistakeCase(
            "speed: { type: 5G }",
            "DateTimeLastAppLaunch: 1",
            "18:16",
            "'DateTimeLastAppLaunch'",
            "of themselves"
        ),
        MistakeCase(
            "{ speed: { type: 5G }, telemetryInterval: \"{random:1..60}\" }",
            "{}",
            "18:14",
            "at least one property"
        ),
        MistakeCase(
            "{ speed: { type: 5G }, telemetryInterval: \"{random:1..60}\" }",
            "5",
            "18:14",
            "the number 5; expected desired as a mapping"
        ),
    ]

    static let thresholds: [MistakeCase] = [
        MistakeCase("p50 < 50ms", "p50 50ms", "22:14", "found 'p50 50ms'", "such as p99 < 500ms"),
        MistakeCase("p50 < 50ms", "p50 < 50", "22:14", "'50' without a unit"),
        MistakeCase("p50 < 50ms", "p50 < soon", "22:14", "the limit 'soon'"),
        MistakeCase("p50 < 50ms", "p50 <", "22:14", "found 'p50 <'"),
        MistakeCase("p50 < 50ms", "p101 < 50ms", "22:14", "'p101'", "up to p100"),
        MistakeCase("p50 < 50ms", "p0 < 50ms", "22:14", "'p0'"),
        MistakeCase("p50 < 50ms", "median < 50ms", "22:14", "unknown statistic 'median'", "did you mean 'p50'?"),
        MistakeCase("p50 < 50ms", "p50 = 50ms", "22:14", "comparison '='", "did you mean '=='?"),
        MistakeCase("p50 < 50ms", "p50 != 50ms", "22:14", "comparison '!='"),
        MistakeCase("lost: [== 0]", "lost: [p99 < 5ms]", "23:10", "statistic 'p99' of a counter", "such as == 0"),
        MistakeCase("lost: [== 0]", "lost: [== none]", "23:10", "the limit 'none'"),
        MistakeCase("lost: [== 0]", "lost: 0", "23:9", "found the number 0", "such as == 0"),
        MistakeCase("lost: [== 0]", "lost: []", "23:9", "an empty list"),
        MistakeCase("  lost:", "  dlivery:", "23:3", "'dlivery'"),
        MistakeCase("rate: 100/s", "rate: 1000000/s", "18:5", "60,000,000 changes", "at most 50,000,000"),
    ]

    @Test(
        "every mistake is told at its place, alone, with what was expected",
        arguments: keys + types + devices + twins + thresholds
    )
    func mistake(_ example: MistakeCase) throws {
        let mistakes = Sample.mistakes(try Sample.replacing(example.part, example.replacement))
        #expect(mistakes.count == 1, "\(mistakes)")
        let first = try #require(mistakes.first)
        #expect(first.hasPrefix("f.yaml:\(example.place): found "), "\(first)")
        #expect(first.contains("; expected "), "\(first)")
        for words in example.words { #expect(first.contains(words), "\(first)") }
    }

    @Test("the sample itself has none")
    func good() { #expect(Sample.mistakes(Sample.good) == []) }

    @Test("a file with ten mistakes reports ten, in the order of the file")
    func ten() {
        let text = """
            fleet: a b
            hub: lcal
            seed: x
            connect: 5
            duration: 1m
            devices:
              - id: "p {index}"
                count: 0
                transport: Amqp_WebSocket
            workload:
              - desired: { a: "{foo}" }
                rate: fast
            thresholds:
              delivery: [p99 > quick]
            """
        let mistakes = Sample.mistakes(text)
        let places = mistakes.map { $0.split(separator: " ").first.map(String.init) ?? "" }
        #expect(
            places == [
                "f.yaml:1:8:", "f.yaml:2:6:", "f.yaml:3:7:", "f.yaml:4:10:", "f.yaml:7:9:",
                "f.yaml:8:12:", "f.yaml:9:16:", "f.yaml:11:19:", "f.yaml:12:11:", "f.yaml:14:14:",
            ],
            "\(mistakes.joined(separator: "\n"))"
        )
    }
}
