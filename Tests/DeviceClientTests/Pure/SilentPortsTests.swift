import Testing

@testable import DeviceClient

@Suite("Silent ports")
struct SilentPortsTests {
    private let port = SilentPorts.Port(host: "hub", port: 8883)
    private let start = ContinuousClock.now

    @Test("a port is avoided for a minute after it let a device wait; then one device tries it again")
    func memory() {
        var ports = SilentPorts()
        let unknown = ports.avoids(port, at: start)
        #expect(!unknown)
        ports.note(port, at: start)
        let soon = ports.avoids(port, at: start + .seconds(59))
        #expect(soon)
        let other = ports.avoids(SilentPorts.Port(host: "hub", port: 5671), at: start + .seconds(1))
        #expect(!other)
        let scout = ports.avoids(port, at: start + .seconds(60))
        #expect(!scout)
        let next = ports.avoids(port, at: start + .seconds(61))
        #expect(next)
    }

    @Test("a port that a device got through is tried first again")
    func forgotten() {
        var ports = SilentPorts()
        ports.note(port, at: start)
        ports.forget(port)
        let avoids = ports.avoids(port, at: start + .seconds(1))
        #expect(!avoids)
    }
}
