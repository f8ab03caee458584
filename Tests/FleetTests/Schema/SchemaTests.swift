import Foundation
import IoTHub
import Testing

@testable import Fleet

@Suite("The JSON Schema of fleet files")
struct SchemaTests {
    private static var folder: URL {
        URL(fileURLWithPath: #filePath).appendingPathComponent("../../../../fleets").standardized
    }

    private static func schema() throws -> JSON {
        try JSON(parsing: String(contentsOf: folder.appendingPathComponent("fleet.schema.json"), encoding: .utf8))
    }

    static var shipped: [String] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
        return names.filter { $0.hasSuffix(".yaml") }.sorted()
    }

    private func text(of fleet: String) throws -> String {
        try String(contentsOf: Self.folder.appendingPathComponent(fleet), encoding: .utf8)
    }

    /// What an editor judges: the YAML as JSON, `${NAME}` as it stands.
    private func value(of text: String) throws -> JSON {
        let mistakes = Mistakes()
        let node = YAMLDocument.read(Array(text.utf8), mistakes)
        #expect(mistakes.isEmpty)
        return try json(try #require(node))
    }

    private func json(_ node: YAMLNode) throws -> JSON {
        switch node.content {
        case .scalar(let scalar):
            return scalar.isPlain ? try CoreSchema.value(of: scalar.raw) : .string(scalar.raw)
        case .sequence(let nodes): return .array(try nodes.map(json))
        case .mapping(let entries):
            var object = JSONObject()
            for entry in entries { object[entry.key] = try json(entry.value) }
            return .object(object)
        }
    }

    @Test("the shipped fleets are good for the loader and for the schema", arguments: shipped)
    func shippedFleet(_ name: String) throws {
        let text = try text(of: name)
        #expect(Sample.mistakes(text) == [])
        #expect(try SchemaChecker(root: Self.schema()).faults(in: value(of: text)) == [])
        #expect(text.hasPrefix("# yaml-language-server: $schema=fleet.schema.json\n"))
    }

    @Test("the README's examples are good, too")
    func readme() throws {
        let file = Self.folder.appendingPathComponent("../README.md")
        let blocks = try String(contentsOf: file, encoding: .utf8).split(separator: "```yaml\n").dropFirst()
        for block in blocks {
            let text = String(block.prefix(upTo: block.firstRange(of: "```")?.lowerBound ?? block.endIndex))
            // Some show one line of a fleet file only.
            guard text.contains("devices:") else { continue }
            #expect(Sample.mistakes(text) == [])
            #expect(try SchemaChecker(root: Self.schema()).faults(in: value(of: text)) == [])
        }
    }

    @Test("five fleets are shipped, as large as they say")
    func sizes() throws {
        #expect(Self.shipped == ["demo.yaml", "load.yaml", "mixed.yaml", "redmond43.yaml", "six-transports.yaml"])
        let demo = try Sample.parse(text(of: "demo.yaml"))
        #expect(demo.devices.count == 20)
        #expect(demo.duration == .seconds(20))
        let load = try Sample.parse(text(of: "load.yaml"))
        #expect(load.devices.count == 1000)
        #expect(load.duration == .seconds(60))
        #expect(load.workload.map(\.pace) == [.rate(perSecond: 1000)])
        let mixed = try Sample.parse(text(of: "mixed.yaml"))
        #expect(mixed.devices.count { $0.transport == .mqtt } == 600)
        #expect(mixed.devices.count { $0.transport == .amqp } == 400)
        #expect(mixed.amqpPool == nil)
        let six = try Sample.parse(text(of: "six-transports.yaml"))
        for transport in DeviceReader.transports {
            #expect(six.devices.count { $0.transport == transport } == 100, "\(transport)")
        }
        let plant = try Sample.parse(text(of: "redmond43.yaml"))
        #expect(plant.devices.first?.id == "myDeviceId")
        #expect(plant.workload.map(\.devices.count) == [100, 19])
        #expect(plant.devices.first?.tags == ["location": ["region": "US", "plant": "Redmond43"]])
    }

    @Test("schema and loader know the same keys on every level")
    func keys() throws {
        let schema = try Self.schema()
        let levels: [(JSON?, KeySet)] = [
            (schema, .fleet), (schema["$defs"]?["device"], .device), (schema["$defs"]?["workloadItem"], .workloadItem),
            (schema["$defs"]?["hub"], .hub), (schema["$defs"]?["hub"]?["properties"]?["ports"], .ports),
            (schema["properties"]?["thresholds"], .thresholds), (schema["properties"]?["amqp"], .amqp),
            (schema["$defs"]?["entra"], .entra), (schema["$defs"]?["x509"], .x509),
            (schema["$defs"]?["x509"]?["properties"]?["ca"], .authority),
        ]
        for (level, keys) in levels {
            let properties = try #require(level?["properties"]?.objectValue)
            #expect(Set(properties.keys) == Set(keys.all), "\(keys.name)")
            #expect(Set(level?["required"]?.arrayValue?.compactMap(\.stringValue) ?? []) == Set(keys.required))
            #expect(level?["additionalProperties"] == false)
        }
    }

    @Test("schema and loader know the same names")
    func names() throws {
        let definitions = try #require(try Self.schema()["$defs"])
        #expect(definitions["transport"]?["enum"] == .array(DeviceReader.transports.map { .string($0.rawValue) }))
        let hub = try #require(definitions["hub"]?["properties"])
        #expect(
            hub["tier"]?["anyOf"]?.arrayValue?.first?["enum"] == .array(HubTier.allCases.map { .string($0.rawValue) })
        )
        let ways = definitions["device"]?["properties"]?["auth"]?["anyOf"]?.arrayValue
        #expect(ways?.first?["enum"] == .array(AuthReader.Name.allCases.map { .string($0.rawValue) }))
        #expect(
            definitions["x509"]?["properties"]?["x509"]?["anyOf"]?.arrayValue?.first?["enum"]
                == .array(X509Setting.Kind.allCases.map { .string($0.rawValue) })
        )
        let reserved = definitions["workloadItem"]?["properties"]?["desired"]?["propertyNames"]?["not"]?["enum"]
        #expect(reserved == .array(WorkloadReader.reservedNames.map { .string($0) }))
    }

    static let good: [(String, String)] = [
        ("hub: local\n", ""), ("hub: local", "hub: ${HUB}"),
        ("hub: local", "hub: { connection: ${HUB}, ports: { mqtt: 1, amqp: 65535 } }"),
        ("seed: 42", "amqp: { pool: 100 }"), ("seed: 42", "amqp: { pool: ${N} }"),
        ("Mqtt_Tcp_Only: 40%", "Amqp: 30%, Amqp_Tcp_Only: 10%"),
        ("hub: local", "hub: { connection: local, tier: S3, units: 10 }"), ("seed: 42", "seed: 0"),
        ("hub: local", "hub: { tier: S1, units: 200 }"), ("hub: local", "hub: { tier: F1, units: ${ONE} }"),
        ("hub: local", "hub: { host: h.azure-devices.net, entra: cli, proxy: none, ports: { https: 1 } }"),
        ("hub: local", "hub: { host: h, entra: { tenant: t, client: c, secret: ${N} }, proxy: \"http://p:3128/\" }"),
        ("hub: local", "hub: { connection: ${HUB}, proxy: ${PROXY} }"),
        ("Mqtt_Tcp_Only: 40%", "Mqtt_WebSocket_Only: 30%, Amqp_WebSocket_Only: 10%"),
        ("auth: sas", "auth: x509"), ("auth: sas", "auth: { sas: 60%, x509: 40% }"),
        ("auth: sas", "auth: { x509: selfSigned }"), ("auth: sas", "auth: { x509: ca }"),
        ("seed: 42", "seed: ${N}"),
        ("connect: 200/s", "connect: 0.5/h"), ("duration: 1m", "duration: 1h2m3s4ms5us"), ("count: 10", "count: ${N}"),
        ("transport: Mqtt\n", "transport: Mqtt_Tcp_Only\n"), ("rate: 100/s", "every: 10s"),
        ("lost: [== 0]", "lost: <= 5"),
        ("p50 < 50ms", "p99.99 >= 1.5s"), ("p50 < 50ms", "mean<1us"), ("type: 5G", "type: [a, 1, true]"),
        ("type: 5G", "type: null"),
        ("latencyBy: [tags.location.plant]", "latencyBy: tags.location.plant"),
        ("rate: 100/s", "rate: 100/s\n    to: tags.location.plant = 'Redmond43'"),
        ("latencyBy:", "queries: [\"deviceId IN ['myDeviceId', 'a']\", status = 'enabled']\nlatencyBy:"),
        ("lost: [== 0]", "query_mismatches: <= 5"),
        ("press-{index:04}", "a:{index%3:02}.{index}"),
        ("region: EU", "region: -4503599627370496"),
    ]

    @Test("what is good for the loader is good for the schema", arguments: good)
    func goodSample(_ part: String, _ replacement: String) throws {
        let text = try Sample.replacing(part, replacement)
        let key = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
        let environment = [
            "N": "10", "ONE": "1", "HUB": "HostName=h;SharedAccessKeyName=a;SharedAccessKey=\(key)",
            "PROXY": "http://a:b@p",
        ]
        #expect(Sample.mistakes(text, environment: environment) == [])
        #expect(try SchemaChecker(root: Self.schema()).faults(in: value(of: text)) == [])
    }

    /// Mistakes that need sums, other values, expansion or a file system to be seen.
    static func needsMoreThanASchema(_ example: MistakeCase) -> Bool {
        let words = [
            "second time", "shares that add up", "duplicate id", "the same id", "devices in all", "no device has",
            "9999999/s",
            "60,000,000 changes", "at most 366 days", "at least 1ms", "129 characters", "nesting too many", "'101%'",
            "up to p100",
            "'p0'", "above 0'", "'{change}'", "'{random", "'{ramdom", "'{change:3}'", "{change} alone", "range such as",
            "'0/s'",
            "the smaller number first", "that a twin can hold", "a width", "at most 1,000,000/s", "indices 0 and 4",
            "100.000001%",
        ]
        return example.words.contains { text in words.contains { text.contains($0) } }
    }

    static var bad: [MistakeCase] {
        (MistakeTests.keys + MistakeTests.types + MistakeTests.devices + MistakeTests.twins + MistakeTests.thresholds)
            .filter { !needsMoreThanASchema($0) }
    }

    @Test(
        "hubs that are bad for the loader are bad for the schema",
        arguments: [
            "{ units: 1 }", "{ tier: S3, units: 11 }", "{ tier: B3, units: 11 }", "{ tier: F1, units: 2 }",
            "{ tier: S2, units: 201 }", "{ tier: S1, ports: { mqtt: 1 } }", "{ tier: S1, ca: ca.pem }",
            "{ tier: S1, proxy: none }", "{ tier: S1, entra: cli }",
        ]
    )
    func badHub(_ hub: String) throws {
        let text = try Sample.replacing("hub: local", "hub: \(hub)")
        #expect(!Sample.mistakes(text).isEmpty)
        #expect(try !SchemaChecker(root: Self.schema()).faults(in: value(of: text)).isEmpty)
    }

    @Test("what is bad for the loader is bad for the schema", arguments: bad)
    func badSample(_ example: MistakeCase) throws {
        let text = try Sample.replacing(example.part, example.replacement)
        guard let value = try? value(of: text) else { return }
        #expect(try !SchemaChecker(root: Self.schema()).faults(in: value).isEmpty, "\(example.testDescription)")
    }
}
