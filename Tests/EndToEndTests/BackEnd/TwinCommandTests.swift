import IoTHub
import TestKit
import Testing

@Suite("twinfleet twin", .timeLimit(.minutes(5)))
struct TwinCommandTests {
    @Test func aTwinIsShownUpdatedAndReplaced() async throws {
        let back = try await BackEndBench()
        #expect(try await back.run("device", "add", "press-1", "press-2").exitCode == 0)
        let updated = try await back.run(
            "twin",
            "update",
            "press-1",
            "--tag",
            "location.plant=Redmond43",
            "--desired",
            "telemetry.frequency=5m",
            "--desired",
            "speed=7"
        )
        #expect(updated.exitCode == 0, "\(updated.errors)")
        #expect(updated.output.contains("desired.speed      7, new"))
        #expect(updated.output.contains("desired $version 2, ETag "))

        let shown = try await back.run("twin", "show", "press-1")
        #expect(shown.output.contains("    plant  \"Redmond43\""))
        #expect(shown.output.contains("desired  $version 2, last updated 20"))
        let twin = try await back.json("twin", "show", "press-1", "--json")
        #expect(twin["tags"] == ["location": ["plant": "Redmond43"]])
        #expect(twin["properties"]?["desired"]?["telemetry"] == ["frequency": "5m"])
        #expect(twin["properties"]?["desired"]?["$metadata"] != nil)
        let only = try await back.json("twin", "show", "press-1", "--json", "--properties")
        #expect(only.objectValue?.keys.sorted() == ["desired", "reported"])

        let text = try await back.json(
            "twin",
            "update",
            "press-1",
            #"{"properties":{"desired":{"speed":null,"on":true}}}"#,
            "--json"
        )
        #expect(text["properties"]?["desired"]?["speed"] == nil)
        #expect(text["properties"]?["desired"]?["on"] == true)
        try back.bench.directory.write(#"{"tags":{"line":2}}"#, to: "patch.json")
        let file = try await back.json("twin", "update", "press-1", "@patch.json", "--unset", "desired.on", "--json")
        #expect(file["tags"]?["line"] == 2)
        #expect(file["properties"]?["desired"]?["on"] == nil)

        // What one twin shows, another can be given.
        let copied = try await back.shell("twinfleet twin show press-1 --json | twinfleet twin replace press-2 -")
        #expect(copied.exitCode == 0, "\(copied.errors)")
        let copy = try await back.json("twin", "show", "press-2", "--json")
        #expect(copy["tags"] == file["tags"])
        #expect(copy["properties"]?["desired"]?["telemetry"] == ["frequency": "5m"])
        let replaced = try await back.json("twin", "replace", "press-2", #"{"tags":{"only":1}}"#, "--json")
        #expect(replaced["tags"] == ["only": 1])
        #expect(replaced["properties"]?["desired"]?["telemetry"] == nil)
        try await back.stop()
    }

    @Test func aRefusedWriteLeavesTheTwinAndSaysWhy() async throws {
        let back = try await BackEndBench()
        #expect(try await back.run("device", "add", "press-1").exitCode == 0)
        let before = try await back.json("twin", "show", "press-1", "--json")
        let etag = try #require(before["etag"]?.stringValue)
        let written = try await back.json("twin", "update", "press-1", "--tag", "a=1", "--if-match", etag, "--json")
        let now = try #require(written["etag"]?.stringValue)
        for verb in [["update", "--tag", "a=2"], ["replace", "{\"tags\":{\"a\":2}}"]] {
            let stale = try await back.run(
                "twin",
                verb[0],
                "press-1",
                verb[1],
                verb.count > 2 ? verb[2] : "--quiet",
                "--if-match",
                etag
            )
            #expect(stale.exitCode == 1)
            #expect(stale.errors.contains("it has changed since: its ETag is now \(now)"), "\(stale.errors)")
        }
        let unknown = try await back.run("twin", "show", "nobody")
        #expect(unknown.exitCode == 1)
        #expect(unknown.errors.contains("no device \"nobody\"; 'twinfleet device list' shows the ids"))
        let broken = try await back.run("twin", "update", "press-1", #"{"tags": {"a" 2}}"#)
        #expect(broken.exitCode == 64)
        #expect(broken.errors.contains("\n  {\"tags\": {\"a\" 2}}\n"))
        #expect(broken.errors.contains("line 1, column"))
        let tooLong = try await back.run(
            "twin",
            "update",
            "press-1",
            "--tag",
            "a=\(String(repeating: "x", count: 4097))"
        )
        #expect(tooLong.exitCode == 64)
        #expect(tooLong.errors.contains("4096"))
        let after = try await back.json("twin", "show", "press-1", "--json")
        #expect(after["etag"] == .string(now))
        try await back.stop()
    }

    @Test func manyTwinsAreUpdatedInBulkAndTheFailuresNamed() async throws {
        let back = try await BackEndBench()
        #expect(try await back.run("device", "add", "a", "b", "c").exitCode == 0)
        let some = try await back.run("twin", "update", "a", "nobody", "b", "--tag", "line=1")
        #expect(some.exitCode == 1)
        #expect(some.output == "updated a\nupdated b\n")
        #expect(some.errors.contains("1 of 3 devices not updated:\n  nobody: no such device"))
        let chosen = try await back.json("twin", "update", "--where", "tags.line = 1", "--desired", "speed=7", "--json")
        #expect(chosen == ["isSuccessful": true, "updated": ["a", "b"], "errors": []])
        let rows = try await back.json(
            "query",
            "SELECT deviceId FROM devices WHERE properties.desired.speed = 7",
            "--json"
        )
        #expect(rows == [["deviceId": "a"], ["deviceId": "b"]])
        try await back.stop()
    }
}
