import Foundation
import IoTHub
import TestKit
import Testing

@Suite("The commands and the person before them", .timeLimit(.minutes(5)))
struct TerminalTests {
    @Test func removingManyIsAskedFirst() async throws {
        let back = try await BackEndBench()
        #expect(try await back.run("device", "add", "a", "b").exitCode == 0)
        let refused = try await back.terminal("twinfleet device remove a b", typed: "n\\n", exitCode: 1)
        #expect(refused.contains("Remove devices a, b and what their twins hold? [y/N]"))
        #expect(refused.contains("nothing was removed"))
        #expect(try await back.json("device", "list", "--json").arrayValue?.count == 2)
        let removed = try await back.terminal("twinfleet device remove --where '*'", typed: "y\\n")
        #expect(removed.contains("removed b"))
        #expect(try await back.json("device", "list", "--json") == [])
        try await back.stop()
    }

    @Test func aLongWaitIsShownAndEndsAtTheTimeLimit() async throws {
        let back = try await BackEndBench()
        let peer = try SilentPeer()
        let output = try await back.terminal(
            "IOTHUB_CONNECTION_STRING='\(Self.hub(at: peer))' twinfleet twin show press-1 --timeout 10",
            exitCode: 69
        )
        #expect(output.contains("\r\u{1B}[Kreading the twin of press-1"))
        #expect(output.contains("twinfleet: cannot read the twin of \"press-1\""))
        try await back.stop()
    }

    @Test func controlCEndsAtOnce() async throws {
        let peer = try SilentPeer()
        let program = try ChildProgram(
            ChildProgram.executable("twinfleet"),
            ["query", "SELECT * FROM devices"],
            environment: ["IOTHUB_CONNECTION_STRING": Self.hub(at: peer), "IOTHUB_CA_FILE": ""]
        )
        #expect(peer.waitForConnection())
        program.signal(SIGINT)
        let outcome = await program.outcome()
        #expect(outcome.exitCode == 130)
        #expect(outcome.errors.isEmpty)
    }

    private static func hub(at peer: SilentPeer) -> String {
        "HostName=127.0.0.1:\(peer.port);SharedAccessKeyName=a;SharedAccessKey=AAECAwQFBgcICQoLDA0ODw=="
    }
}
