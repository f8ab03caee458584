import Glibc
import NIOCore
import Testing

@testable import LocalHub

@Suite("Failures to listen")
struct ListenerTests {
    @Test(
        "each says what is wrong and which option helps",
        arguments: [
            (EADDRINUSE, LocalHubError.Reason.portInUse, ["port 443 of 127.0.0.1", "--https-port"]),
            (EACCES, .portNotPermitted, ["WebSockets on port 443 of 127.0.0.1", "1023", "--https-port"]),
            (EADDRNOTAVAIL, .badAddress, ["127.0.0.1 is not an address", "--bind"]),
            (EMFILE, .system, ["port 443 of 127.0.0.1", "Too many open files"]),
        ]
    )
    func texts(_ code: CInt, _ reason: LocalHubError.Reason, _ parts: [String]) {
        let error = Listener.https.failure(IOError(errnoCode: code, reason: "bind"), LocalHub.Configuration())
        #expect(error.reason == reason)
        for part in parts { #expect(error.description.contains(part), "\(error)") }
    }

    @Test("MQTT and AMQP have their own ports and options", arguments: [Listener.mqtt, .amqp])
    func devices(_ listener: Listener) {
        let error = listener.failure(IOError(errnoCode: EADDRINUSE, reason: "bind"), LocalHub.Configuration())
        #expect(error.description.contains(listener == .mqtt ? "8883" : "5671"))
        #expect(error.description.contains(listener == .mqtt ? "--mqtt-port" : "--amqp-port"))
    }

    @Test("a hub is known by its loopback names, its own and those given, each once")
    func names() {
        let names = HubNames(hostName: "Hub.Lan", more: ["10.0.0.1", "HUB.lan", ""]).all
        #expect(names.prefix(4) == ["hub.lan", "localhost", "127.0.0.1", "::1"])
        #expect(names.last == "10.0.0.1")
        #expect(Set(names).count == names.count)
        #expect(!names.contains(""))
    }
}
