import IoTHub
import Testing
import TwinQuery

@Suite struct FieldNameTests {
    @Test(arguments: [
        ("DEVICEID", "deviceId"), ("deviceid", "deviceId"), ("DeviceId", "deviceId"), ("MODULEID", "moduleId"),
        ("ETag", "etag"), ("DeviceETag", "deviceEtag"), ("STATUS", "status"), ("StatusReason", "statusReason"),
        ("statusupdatetime", "statusUpdateTime"), ("CONNECTIONSTATE", "connectionState"),
        ("LastActivityTime", "lastActivityTime"), ("clouDToDeviceMessageCount", "cloudToDeviceMessageCount"),
        ("AuthenticationType", "authenticationType"), ("X509THUMBPRINT", "x509Thumbprint"),
        ("X509Thumbprint.primaryThumbprint", "x509Thumbprint.primaryThumbprint"), ("ModelID", "modelId"),
        ("Version", "version"), ("TAGS.location.Plant", "tags.location.Plant"),
        ("Properties.desired.Speed", "properties.desired.Speed"),
        ("PROPERTIES.reported.$version", "properties.reported.$version"),
        ("Capabilities.iotEdge", "capabilities.iotEdge"), ("DeviceScope", "deviceScope"),
        ("ParentScopes", "parentScopes"), ("Configurations.[[a.b c]].status", "configurations.a.b c.status"),
        ("devices.DeviceID", "deviceId"), ("Devices.tags.x", "tags.x"), ("[[deviceId]]", "deviceId"),
        ("tags.[[SELECT]].[[ ]]", "tags.SELECT. "), ("tags.größe", "tags.größe"), ("tags._a1.$b2", "tags._a1.$b2"),
        ("tags . location\n.\tplant", "tags.location.plant"), ("tags.devices", "tags.devices"),
        ("devices.tags.devices.jobs", "tags.devices.jobs"),
    ])
    func rootsMatchInAnyCaseAndNamesBelowAsTheyAre(_ text: String, _ path: String) throws {
        let condition = try QueryCondition(parsing: "\(text) = 1")
        #expect(condition.references.map(\.path.description) == [path])
    }

    @Test(arguments: [
        ("DEVICEID", "deviceId"), ("devices.jobs.JobID", "jobId"), ("jobtype", "jobType"),
        ("StartTimeUTC", "startTimeUtc"),
        ("Outcome.deviceMethodResponse.status", "status"), ("CreatedTimeUtc", "createdDateTimeUtc"),
        ("error.code", "code"),
    ])
    func jobsHaveFieldsOfTheirOwn(_ text: String, _ name: String) throws {
        let statement = try QueryStatement(parsing: "SELECT * FROM devices.jobs WHERE \(text) = 'x'")
        let path = text.split(separator: ".").contains("Outcome")
        let row: JSON =
            path
            ? ["outcome": ["deviceMethodResponse": ["status": "x"]]]
            : name == "code" ? ["error": ["code": "x"]] : [name: "x"]
        #expect(statement.matches(row))
        #expect(!statement.matches(JSON.object([:])))
    }

    @Test func namesOfUsersKeepTheirCase() throws {
        let row = try SampleTwin.row()
        #expect(try QueryCondition(parsing: "tags.floor = 3 AND tags.Floor = 4").matches(row))
        #expect(try !QueryCondition(parsing: "tags.FLOOR = 3").matches(row))
        #expect(try QueryCondition(parsing: "tags.größe = 'é'").matches(row))
        #expect(try QueryCondition(parsing: "tags.[[with space]] = 1").matches(row))
    }

    @Test func referencesStandInTheOrderOfTheTextWithTheirPlaces() throws {
        let condition = try QueryCondition(
            parsing: "tags.a = 'é' AND\r\n  (IS_DEFINED(Status) OR\n\tproperties.desired.b > tags.a)"
        )
        let places = condition.references.map { "\($0.path) \($0.line):\($0.column)" }
        #expect(places == ["tags.a 1:1", "status 2:15", "properties.desired.b 3:2", "tags.a 3:25"])
    }

    @Test(arguments: [
        ("'it\\'s'", "it's"), ("\"it's\"", "it's"), ("'say \\\"hi\\\"'", "say \"hi\""), ("'a\\\\b'", "a\\b"),
        ("'\\u00e9'", "é"), ("\"\\u00E9\"", "é"), ("'\\uD83D\\uDE00'", "😀"), ("''", ""), ("'two\nlines'", "two\nlines"),
        ("'-- no comment'", "-- no comment"), ("'\\u0000'", "\0"), ("'SELECT'", "SELECT"), ("'日本'", "日本"),
    ])
    func textsHaveTheDocumentedEscapes(_ text: String, _ value: String) throws {
        #expect(try QueryCondition(parsing: "tags.x = \(text)").matches(["tags": ["x": .string(value)]] as JSON))
        #expect(try !QueryCondition(parsing: "tags.x = \(text)").matches(["tags": ["x": .string(value + "x")]] as JSON))
    }

    @Test(arguments: [
        "select top 5 * from DEVICES where Status in ['enabled'] And NOT false oR tRUE",
        "SELECT\tTOP\n5\r*\r\nFROM devices WHERE(status IN['enabled'])AND(NOT(false))OR(true)",
    ])
    func caseAndSpaceDoNotMatterInKeywords(_ text: String) throws {
        let statement = try QueryStatement(parsing: text)
        #expect(statement.limit == 5)
        #expect(statement.source == .devices)
        #expect(statement.matches(["status": "enabled"] as JSON))
    }

    @Test func lettersThatOnlyLookLikeKeywordsAreNone() {
        let error = #expect(throws: QueryError.self) { try QueryStatement(parsing: "\u{17F}elect * FROM devices") }
        #expect(error?.expected == "SELECT; did you mean 'SELECT'?")
    }
}
