import AMQPEngine
import IoTHub
import TestKit
import Testing

@testable import LocalHub

@Suite("memory of the hub's AMQP connections")
struct AMQPPeerMemoryTests {
    /// What a connection with two devices does in its life, to its end or until it is dropped.
    private func live(isClosed: Bool) throws {
        let driver = AMQPPeerDriver(.cbs)
        driver.waits = true
        let session = try driver.begin()
        for id in ["a", "b"] {
            try driver.put(id, session)
            let twin = try driver.twin(id, session, pair: "twin:\(id)")
            let operations = [("PUT", AMQPTestDevice.desired), ("GET", nil), ("PATCH", AMQPTestDevice.reported)]
            for (operation, resource) in operations {
                try driver.send(AMQPTestDevice.request(operation, resource: resource, "{}"), over: twin.up)
            }
            driver.peer.deliver(DesiredChange(patch: ["n": 1], version: 7), to: id)
        }
        if let release = driver.peer.seal() { driver.peer.open(release, nil, at: driver.now) }
        driver.exchange()
        driver.peer.drop("b", AMQPError(.stolen))
        try driver.send(AMQPTestDevice.request("GET"), over: try driver.twin("a", session, pair: "twin:new").up)
        guard isClosed else { return }
        driver.client.end(session)
        driver.exchange()
        driver.client.close()
        driver.exchange()
    }

    @Test("connections that were closed, or dropped while answers wait, leave nothing", arguments: [true, false])
    func lives(isClosed: Bool) throws {
        for _ in 0..<100 { try live(isClosed: isClosed) }
        let growth = try Memory.leastGrowth(upTo: 40_000) {
            for _ in 0..<1_000 { try live(isClosed: isClosed) }
        }
        // The smallest object that can be lost would make 48,000.
        #expect(growth < 40_000)
    }
}
