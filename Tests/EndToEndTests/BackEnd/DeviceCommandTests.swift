import IoTHub
import TestKit
import Testing

@Suite("twinfleet device", .timeLimit(.minutes(5)))
struct DeviceCommandTests {
    @Test func aDeviceIsAddedShownChangedAndRemoved() async throws {
        let back = try await BackEndBench()
        let added = try await back.run("device", "add", "press-1")
        #expect(added.exitCode == 0, "\(added.errors)")
        #expect(added.output == "added press-1\n")

        let shown = try await back.run("device", "show", "press-1")
        #expect(shown.output.contains("status          enabled"))
        #expect(!shown.output.contains("primary key"))
        let hidden = try await back.json("device", "show", "press-1", "--json")
        #expect(hidden["authentication"]?["type"] == "sas")
        #expect(hidden["authentication"]?["symmetricKey"] == nil)
        let open = try await back.json("device", "show", "press-1", "--json", "--show-keys")
        let key = try #require(open["authentication"]?["symmetricKey"]?["primaryKey"]?.stringValue)
        #expect(!shown.output.contains(key))

        let string = try await back.run("device", "connection-string", "press-1")
        #expect(string.output == "HostName=localhost;DeviceId=press-1;SharedAccessKey=\(key)\n")

        let changed = try await back.json(
            "device",
            "update",
            "press-1",
            "--status",
            "disabled",
            "--status-reason",
            "stolen",
            "--regenerate-keys",
            "secondary",
            "--json",
            "--show-keys"
        )
        #expect(changed["status"] == "disabled")
        #expect(changed["statusReason"] == "stolen")
        #expect(changed["authentication"]?["symmetricKey"]?["primaryKey"] == .string(key))
        #expect(
            changed["authentication"]?["symmetricKey"]?["secondaryKey"]
                != open["authentication"]?["symmetricKey"]?["secondaryKey"]
        )

        let stale = try #require(open["etag"]?.stringValue)
        let now = try #require(changed["etag"]?.stringValue)
        let kept = try await back.run("device", "remove", "press-1", "--if-match", stale)
        #expect(kept.exitCode == 1)
        #expect(kept.errors.contains("its ETag is now \(now)"), "\(kept.errors)")
        let refused = try await back.run("device", "update", "press-1", "--edge", "--if-match", stale)
        #expect(refused.exitCode == 1)
        #expect(refused.errors.contains("its ETag is now \(now)"), "\(refused.errors)")
        let unchanged = try await back.run("device", "update", "press-1")
        #expect(unchanged.exitCode == 64)
        #expect(unchanged.errors.contains("nothing is to be changed"))

        let removed = try await back.run("device", "remove", "press-1", "--if-match", now)
        #expect(removed.output == "removed press-1\n", "\(removed.errors)")
        let gone = try await back.run("device", "show", "press-1")
        #expect(gone.exitCode == 1)
        #expect(
            gone.errors
                == "twinfleet: cannot read device \"press-1\": no device \"press-1\"; 'twinfleet device list' shows the ids\n"
        )
        try await back.stop()
    }

    @Test func everyKindOfAuthenticationCanBeRegistered() async throws {
        let back = try await BackEndBench()
        let thumbprint = String(repeating: "A1", count: 20)
        try back.bench.directory.write("AAECAwQFBgcICQoLDA0ODw==\n", to: "key.txt")
        let mine = try await back.json(
            "device",
            "add",
            "mine",
            "--primary-key",
            "@key.txt",
            "--json",
            "--show-keys",
            "--disabled"
        )
        #expect(mine.arrayValue?.first?["authentication"]?["symmetricKey"]?["primaryKey"] == "AAECAwQFBgcICQoLDA0ODw==")
        #expect(mine.arrayValue?.first?["status"] == "disabled")
        let own = try await back.json("device", "add", "own", "--primary-thumbprint", thumbprint, "--json")
        #expect(own.arrayValue?.first?["authentication"]?["type"] == "selfSigned")
        let signed = try await back.run("device", "add", "signed", "--auth", "ca", "--connection-string")
        #expect(signed.output == "HostName=localhost;DeviceId=signed;x509=true\n")
        let edge = try await back.json("device", "add", "gateway", "--edge", "--json")
        #expect(edge.arrayValue?.first?["capabilities"]?["iotEdge"] == true)
        let wrong = try await back.run("device", "add", "wrong", "--auth", "ca", "--primary-key", "@key.txt")
        #expect(wrong.exitCode == 64)
        #expect(wrong.errors.contains("a key does not go with --auth ca"))
        let visible = try await back.run("device", "add", "seen", "--primary-key", "AAECAwQFBgcICQoLDA0ODw==")
        #expect(visible.exitCode == 0)
        #expect(visible.errors.contains("can be seen in 'ps'"))
        try await back.stop()
    }

    @Test func ofManyDevicesTheFailuresAreNamedAndTheRestIsDone() async throws {
        let back = try await BackEndBench()
        let first = try await back.run("device", "add", "b", "a")
        #expect(first.output == "added b\nadded a\n")
        let second = try await back.run("device", "add", "c", "a", "d")
        #expect(second.exitCode == 1)
        #expect(second.output == "added c\nadded d\n")
        #expect(second.errors.contains("there is a device \"a\" already"))
        let list = try await back.json("device", "list", "--json")
        #expect(list.arrayValue?.compactMap { $0["deviceId"]?.stringValue } == ["a", "b", "c", "d"])
        #expect(try await back.json("device", "list", "--top", "2", "--json").arrayValue?.count == 2)

        let unsure = try await back.run("device", "remove", "--where", "deviceId IN ['a', 'b']")
        #expect(unsure.exitCode == 64)
        #expect(unsure.errors.contains("--yes"))
        let removed = try await back.json("device", "remove", "--where", "deviceId IN ['a', 'b']", "--yes", "--json")
        #expect(removed == ["isSuccessful": true, "removed": ["a", "b"], "errors": []])
        let partly = try await back.run("device", "remove", "c", "nobody")
        #expect(partly.exitCode == 1)
        #expect(partly.output == "removed c\n")
        #expect(partly.errors.contains("nobody: no such device"))
        let none = try await back.run("device", "remove", "--where", "deviceId = 'nobody'", "--yes")
        #expect(none.exitCode == 0)
        #expect(none.errors.contains("no device fits"))
        try await back.stop()
    }
}
