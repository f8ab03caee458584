import FleetReport
import IoTHub
import Testing

@testable import twinfleet

@Suite("Twins for people")
struct TwinViewTests {
    private func twin(desired: String = "", tags: String = #"{"location":{"plant":"Redmond43"}}"#) throws -> Twin {
        let text = """
            {"deviceId":"press-1","etag":"AAAAAAAAAAM=","deviceEtag":"MQ==","status":"enabled","connectionState":"Connected",
            "lastActivityTime":"2026-11-25T16:20:01.5Z","modelId":"","version":9,"tags":\(tags),
            "properties":{"desired":{\(desired)"telemetryConfig":{"sendFrequency":"5m"},"ports":[1,2],
            "$metadata":{"$lastUpdated":"2026-11-25T16:20:00Z","$lastUpdatedVersion":4,
            "telemetryConfig":{"$lastUpdated":"2026-11-25T16:19:00Z","sendFrequency":{"$lastUpdated":"2026-11-25T16:19:00Z"}},
            "ports":{"$lastUpdated":"2026-11-25T16:20:00Z"}},"$version":4},
            "reported":{"$metadata":{"$lastUpdated":"0001-01-01T00:00:00Z"},"$version":1}}}
            """
        return try Twin(json: JSON(parsing: text))
    }

    @Test func theTreeShowsValuesVersionsAndTimes() throws {
        let lines = TwinView(try twin(), style: Style(isColored: false)).lines()
        #expect(
            lines == [
                "press-1  enabled, connected, last activity 2026-11-25T16:20:01Z",
                "version 9, ETag AAAAAAAAAAM=",
                "",
                "tags",
                "  location",
                "    plant  \"Redmond43\"",
                "",
                "desired  $version 4, last updated 2026-11-25T16:20:00Z",
                "  telemetryConfig",
                "    sendFrequency  \"5m\"   2026-11-25T16:19:00Z",
                "  ports            [1,2]  2026-11-25T16:20:00Z",
                "",
                "reported  $version 1, last updated never",
                "  (none)",
            ]
        )
    }

    @Test func onlyThePropertiesCanBeShown() throws {
        let lines = TwinView(try twin(), style: Style(isColored: false)).lines(onlyProperties: true)
        #expect(lines.first == "desired  $version 4, last updated 2026-11-25T16:20:00Z")
        #expect(!lines.contains("tags"))
    }

    @Test func aWriteShowsWhatIsDifferentAndTheVersionsToGoOnFrom() throws {
        let before = try twin(tags: #"{"a":1,"location":{"plant":"Redmond43","line":2}}"#)
        let after = try twin(
            desired: #""speed":{"type":"5G"},"#,
            tags: #"{"a":"one","location":{"plant":"Redmond43"}}"#
        )
        let difference = TwinDifference(from: before, to: after)
        #expect(
            difference.lines(Style(isColored: false)) == [
                "press-1",
                "  tags.a              1 → \"one\"",
                "  tags.location.line  removed, was 2",
                "  desired.speed       {\"type\":\"5G\"}, new",
                "  desired $version 4, ETag AAAAAAAAAAM=",
            ]
        )
    }

    @Test func aWriteThatChangesNoValueSaysSo() throws {
        let lines = TwinDifference(from: try twin(), to: try twin()).lines(Style(isColored: false))
        #expect(lines.contains("  no value is different"))
    }
}
