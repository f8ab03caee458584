import ArgumentParser
import IoTHub
import Testing

@testable import twinfleet

@Suite("Patches from the command line")
struct PatchTests {
    private func build(
        _ document: String? = nil,
        tags: [String] = [],
        desired: [String] = [],
        unset: [String] = []
    ) throws(CommandError) -> JSON {
        let json: JSON?
        if let document { json = try PatchText.parse(document, called: "the patch") } else { json = nil }
        var builder = try PatchBuilder(document: json)
        for tag in tags { try builder.set(.tags, tag, option: "--tag") }
        for property in desired { try builder.set(.desired, property, option: "--desired") }
        for name in unset { try builder.unset(name) }
        return .object(builder.write.json)
    }

    @Test func shortFormsBuildThePatch() throws {
        let patch = try build(
            tags: ["location.plant=Redmond43", "location.region=US"],
            desired: ["telemetryConfig.sendFrequency=5m", "speed=7"],
            unset: ["tags.old", "desired.telemetryConfig.gone", "properties.desired.also"]
        )
        #expect(
            patch == [
                "tags": ["location": ["plant": "Redmond43", "region": "US"], "old": nil],
                "properties": [
                    "desired": [
                        "telemetryConfig": ["sendFrequency": "5m", "gone": nil], "speed": 7, "also": nil,
                    ]
                ],
            ]
        )
    }

    @Test(arguments: [
        ("5", JSON.integer(5)), ("5.0", .double(5)), ("true", .bool(true)), ("null", .null),
        ("[1,\"a\"]", .array([1, "a"])), ("{\"a\":1}", .object(["a": 1])), ("\"5\"", .string("5")),
        ("5m", .string("5m")), ("", .string("")), ("a=b", .string("a=b")), ("007", .string("007")),
        ("+5", .string("+5")), ("1.2.3", .string("1.2.3")), ("a[0]", .string("a[0]")), ("-", .string("-")),
        ("9223372036854775807", .integer(.max)), ("\"{\"", .string("{")),
    ])
    func aValueIsJSONIfItReadsAsSuch(text: String, value: JSON) throws {
        #expect(try PatchBuilder.value(text) == value)
    }

    @Test(arguments: [
        "{broken", "{\"x\":1", "[1,", "[a]", "\"open", " {", "99999999999999999999", "-9223372036854775809", "1e999 ",
    ])
    func aValueThatIsMeantAsJSONIsNotTakenForAText(text: String) throws {
        for section in ["--tag", "--desired"] {
            let error = #expect(throws: CommandError.self) {
                try section == "--tag" ? build(tags: ["a.b=\(text)"]) : build(desired: ["a.b=\(text)"])
            }
            #expect(error?.exit == .usage)
            let message = error?.message ?? ""
            #expect(message.hasPrefix("\(section) a.b=\(text): the value looks like JSON, but is none: "), "\(message)")
            // The way out that is offered is one.
            let asText = JSON.string(text).text
            #expect(message.hasSuffix("as a text it is \(section) 'a.b=\(asText)'"), "\(message)")
            #expect(try PatchBuilder.value(asText) == .string(text))
        }
    }

    @Test func shortFormsOverrideTheDocument() throws {
        let patch = try build(#"{"tags":{"a":1,"b":{"c":2}}}"#, tags: ["b.c=3", "a.x=1"])
        #expect(patch == ["tags": ["a": ["x": 1], "b": ["c": 3]]])
    }

    @Test func aWholeTwinIsReducedToWhatCanBeWritten() throws {
        let patch = try build(
            """
            {"deviceId":"x","etag":"AAAAAAAAAAE=","version":4,"tags":{"a":1},"properties":{
            "desired":{"b":2,"$metadata":{},"$version":3},"reported":{"c":3}}}
            """
        )
        #expect(patch == ["tags": ["a": 1], "properties": ["desired": ["b": 2]]])
    }

    @Test(arguments: [
        (#"{"desired":{"a":1}}"#, #"{"properties": {"desired": …}}"#),
        (#"{"properties":{"reported":{}}}"#, "neither tags nor properties.desired"),
        (#"{"tags":[1]}"#, "expected tags as an object, found array"),
        (#"{"tags":{"a":[null]}}"#, "tags.a[0]"),
        (#"[1]"#, "no object: found array"),
    ])
    func aMisplacedPatchIsRefusedWithTheReason(document: String, part: String) {
        let error = #expect(throws: CommandError.self) { try build(document) }
        #expect(error?.exit == .usage)
        #expect(error?.message.contains(part) == true, "\(error?.message ?? "")")
    }

    @Test func aPlaceThatIsNoJSONIsMarked() {
        let error = #expect(throws: CommandError.self) {
            try PatchText.parse("{\"tags\": {\"größe\": 1,\n  \"b\" 2}}", called: "patch.json")
        }
        let lines = error?.message.split(separator: "\n").map(String.init) ?? []
        #expect(lines.count == 3)
        #expect(lines.first?.hasPrefix("patch.json is not JSON: line 2, column") == true)
        #expect(lines.dropFirst().first == "    \"b\" 2}}")
        #expect(lines.last?.last == "^")
    }

    @Test(arguments: ["plant", "a..b=1", ".a=1", "=1"])
    func anAssignmentThatIsNoneIsQuoted(text: String) {
        let error = #expect(throws: CommandError.self) { try build(tags: [text]) }
        #expect(error?.message.contains("--tag \(text)") == true)
    }

    @Test(arguments: ["location", "tags", "reported.speed", "properties.reported.speed", "properties", "tags..a"])
    func onlyTagsAndDesiredCanBeUnset(name: String) {
        let error = #expect(throws: CommandError.self) { try build(unset: [name]) }
        #expect(error?.message.contains("--unset \(name)") == true)
        if name.contains("reported") { #expect(error?.message.contains("the device's to write") == true) }
    }

    @Test func theLastWordIsThePatchWhenItLooksLikeOne() async throws {
        let command = try await TwinUpdateCommand.asyncParse(["press-1", "press-1", "press-2", #"{"tags":{"a":1}}"#])
        #expect(command.ids == ["press-1", "press-2"])
        #expect(try command.patch() == TwinWrite(tags: ["a": 1]))
        let short = try await TwinUpdateCommand.asyncParse(["press-1", "--tag", "a=1"])
        #expect(short.ids == ["press-1"])
        #expect(short.document == nil)
        let piped = try await TwinUpdateCommand.asyncParse(["press-1", "-"])
        #expect(piped.document == "-")
    }

    @Test(arguments: [
        (["press-1"], "nothing is to be changed"),
        (["--tag", "a=1"], "name the devices"),
        (["press-1", "--tag", "a=1", "--where", "status = 'enabled'"], "name the devices"),
        (["a", "b", "--tag", "a=1", "--if-match", "x"], "--if-match goes with one device"),
    ])
    func whatCannotBeMeantIsAUsageError(arguments: [String], part: String) async {
        let error = await #expect(throws: (any Error).self) { try await TwinUpdateCommand.asyncParse(arguments) }
        let message = error.map { TwinUpdateCommand.message(for: $0) } ?? ""
        #expect(message.contains(part), "\(message)")
    }
}
