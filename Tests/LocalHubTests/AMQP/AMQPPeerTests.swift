import AMQPEngine
import IoTHub
import NIOCore
import Testing

@testable import LocalHub

@Suite("the hub's end of an AMQP connection")
struct AMQPPeerTests {
    private static let get = AMQPTestDevice.request("GET", id: .string("get"))
    private static let patch = AMQPTestDevice.request(
        "PATCH",
        resource: AMQPTestDevice.reported,
        "{}",
        id: .string("patch")
    )
    private static let put = AMQPTestDevice.request("PUT", resource: AMQPTestDevice.desired, id: .string("put"))

    private static func change(_ version: Int64) -> DesiredChange { DesiredChange(patch: ["n": 1], version: version) }

    @Test("a device connects with its first link and leaves with its last")
    func life() throws {
        let driver = AMQPPeerDriver(.cbs)
        let session = try driver.begin()
        try driver.put("dev1", session)
        let twin = try driver.twin("dev1", session)
        try driver.send(Self.put, over: twin.up)
        try driver.send(Self.get, over: twin.up, settled: true)
        driver.client.detach(twin.down)
        driver.exchange()
        driver.client.detach(twin.up)
        driver.exchange()
        driver.client.close()
        driver.exchange()
        #expect(
            driver.actions == [
                "connect dev1", "subscribe", "get", "unsubscribe dev1", "disconnect dev1",
                "close: the client closed it",
            ]
        )
        #expect(driver.messages(over: twin.down) == ["put 200", "get 200"])
    }

    @Test("a session takes its devices along, a connection needs no words")
    func sessionEnd() throws {
        let driver = AMQPPeerDriver()
        let first = try driver.begin()
        try driver.put("a", first)
        try driver.put("b", first)
        let second = try driver.begin()
        _ = try driver.twin("a", first)
        _ = try driver.twin("b", second)
        driver.client.end(second)
        driver.exchange()
        #expect(driver.actions == ["connect a", "connect b", "disconnect b"])
        #expect(driver.peer.devices.keys.elementsEqual(["a"]))
        #expect(driver.peer.roles.count == 2)
    }

    @Test("the replies of $cbs wait for a link and its credit")
    func patientReplies() throws {
        let driver = AMQPPeerDriver(.cbs)
        let session = try driver.begin()
        let up = try driver.attach(.sender, "$cbs", session)
        let message = AMQPTestClient.putToken(try AMQPPeerDriver.token("a"), for: "hub/devices/a", id: .string("id"))
        try driver.send(message, over: up)
        let down = try driver.attach(.receiver, "$cbs", session, credit: 0)
        #expect(driver.messages(over: down).isEmpty)
        driver.client.grant(10_000, to: down)
        driver.exchange()
        #expect(driver.messages(over: down) == ["id 0"])
        #expect(driver.peer.replies.isEmpty)
    }

    @Test("the outcome of a request is on the wire before its answer, as the C SDK wants it", arguments: [false, true])
    func outcomesFirst(waits: Bool) throws {
        let driver = AMQPPeerDriver(.cbs)
        let session = try driver.begin()
        let down = try driver.attach(.receiver, "$cbs", session)
        let up = try driver.attach(.sender, "$cbs", session)
        let token = AMQPTestClient.putToken(try AMQPPeerDriver.token("a"), for: "hub/devices/a", id: .string("id"))
        try driver.send(token, over: up)
        #expect(driver.order == ["outcome", "message"])
        #expect(driver.messages(over: down) == ["id 0"])
        driver.waits = waits
        let twin = try driver.twin("a", session)
        for _ in 0..<3 { try driver.client.send(Self.get.encoded, over: twin.up) }
        driver.exchange()
        if waits { driver.peer.open(try #require(driver.peer.seal()), nil, at: driver.now) }
        driver.exchange()
        let order = driver.order.dropFirst(2)
        #expect(order.filter { $0 == "message" }.count == 3)
        for count in 1...order.count {
            let start = order.prefix(count)
            #expect(start.filter { $0 == "outcome" }.count >= start.filter { $0 == "message" }.count)
        }
    }

    @Test("a thousandth token is refused with 403")
    func tokenLimit() throws {
        var tokens = AMQPTokens()
        let token = try SharedAccessSignature(parsing: AMQPPeerDriver.token("a"))
        for number in 0..<999 { try tokens.put(.init(host: nil, token: token), for: .device("\(number)")) }
        try tokens.put(.init(host: nil, token: token), for: .device("7"))
        let error = #expect(throws: IoTHubError.self) { try tokens.put(.init(host: nil, token: token), for: .hub) }
        #expect(error?.code == .iotHubMaxCbsTokenExceeded)
        #expect(AMQPError.Condition(.iotHubMaxCbsTokenExceeded) == .resourceLimitExceeded)
    }

    @Test("only the device whose token ends is cut off")
    func expiry() throws {
        let driver = AMQPPeerDriver()
        let session = try driver.begin()
        try driver.put("short", session, validFor: 100)
        try driver.put("long", session, validFor: 1000)
        _ = try driver.twin("short", session)
        _ = try driver.twin("long", session)
        driver.pass(400)
        #expect(driver.actions == ["connect short", "connect long"])
        driver.pass(1)
        #expect(driver.actions.last == "disconnect short")
        #expect(driver.detachments.suffix(2) == [.unauthorizedAccess, .unauthorizedAccess])
        #expect(driver.peer.devices.keys.elementsEqual(["long"]))
    }

    @Test(
        "links of another pair take the old pair's place; those without a correlation id go with any of their session"
    )
    func pairs() throws {
        let driver = AMQPPeerDriver()
        let session = try driver.begin()
        try driver.put("a", session)
        let first = try driver.twin("a", session, pair: "twin:1")
        try driver.send(Self.get, over: first.up)
        #expect(driver.messages(over: first.down) == ["get 200"])
        let second = try driver.twin("a", session, pair: "twin:2")
        #expect(driver.detachments.suffix(2) == [.stolen, .stolen])
        try driver.send(Self.get, over: second.up)
        #expect(driver.messages(over: second.down) == ["get 200"])
        #expect(driver.actions == ["connect a", "get", "get"])
        // In the same session without an id: each takes the place of its like only.
        let third = try driver.attach(.receiver, "/devices/a/twin", session)
        try driver.send(Self.get, over: second.up)
        #expect(driver.messages(over: third) == ["get 200"])
        // In another session it is another pair.
        let other = try driver.begin()
        _ = try driver.attach(.sender, "/devices/a/twin", other)
        #expect(driver.detachments.count == 2 + 2 + 1 + 2)
    }

    @Test("answers wait for their release, changes stand before an answer that shows them, and nothing overtakes")
    func releases() throws {
        let driver = AMQPPeerDriver()
        driver.waits = true
        let session = try driver.begin()
        try driver.put("a", session)
        let twin = try driver.twin("a", session)
        try driver.send(Self.put, over: twin.up)
        try driver.send(Self.patch, over: twin.up)
        try driver.send(Self.get, over: twin.up)
        let first = try #require(driver.peer.seal())
        #expect(driver.peer.heldBytes > 0)
        driver.peer.deliver(Self.change(5), to: "a")
        driver.peer.deliver(Self.change(6), to: "a")
        try driver.send(Self.patch, over: twin.up)
        let second = try #require(driver.peer.seal())
        #expect(driver.peer.seal() == nil)
        #expect(driver.messages(over: twin.down) == ["put 200"])
        driver.peer.open(first, nil, at: driver.now)
        driver.exchange()
        #expect(driver.messages(over: twin.down) == ["put 200", "patch 204", "change 5", "get 200", "change 6"])
        driver.peer.open(second, IoTHubError(.serverError, "the storage fails"), at: driver.now)
        driver.exchange()
        #expect(driver.messages(over: twin.down).last == "patch 500")
        #expect(driver.peer.heldBytes == 0)
        #expect(driver.peer.holding.isEmpty)
    }

    @Test("a device that asked for its twin loses its links when the storage fails, and nobody else does")
    func failingStorage() throws {
        let driver = AMQPPeerDriver()
        driver.waits = true
        let session = try driver.begin()
        for id in ["a", "b"] { try driver.put(id, session) }
        let twin = try driver.twin("a", session)
        let neighbour = try driver.twin("b", session)
        try driver.send(Self.put, over: twin.up)
        try driver.send(Self.patch, over: twin.up)
        try driver.send(Self.get, over: twin.up)
        driver.peer.deliver(Self.change(6), to: "a")
        try driver.send(Self.patch, over: neighbour.up)
        let release = try #require(driver.peer.seal())
        driver.peer.open(release, IoTHubError(.serverError, "the storage fails"), at: driver.now)
        driver.exchange()
        #expect(driver.messages(over: twin.down) == ["put 200"])
        #expect(driver.detachments.suffix(2) == [.internalError, .internalError])
        #expect(driver.actions.last == "disconnect a")
        #expect(driver.messages(over: neighbour.down) == ["patch 500"])
        #expect(driver.peer.heldBytes == 0)
        #expect(driver.peer.devices.keys.sorted() == ["b"])
    }

    @Test("nothing is held for a device that has left")
    func leavingWhileWaiting() throws {
        let driver = AMQPPeerDriver()
        driver.waits = true
        let session = try driver.begin()
        try driver.put("a", session)
        let twin = try driver.twin("a", session)
        try driver.send(Self.patch, over: twin.up)
        let release = try #require(driver.peer.seal())
        driver.client.detach(twin.up)
        driver.client.detach(twin.down)
        driver.exchange()
        #expect(driver.peer.heldBytes == 0)
        driver.peer.open(release, nil, at: driver.now)
        driver.exchange()
        #expect(driver.peer.holding.isEmpty)
        #expect(driver.messages(over: twin.down).isEmpty)
    }

    @Test("while the socket takes nothing, changes wait, and then come in order")
    func writability() throws {
        let driver = AMQPPeerDriver()
        let session = try driver.begin()
        try driver.put("a", session)
        let twin = try driver.twin("a", session)
        try driver.send(Self.put, over: twin.up)
        driver.peer.setWritable(false)
        for version in 2...4 as ClosedRange<Int64> { driver.peer.deliver(Self.change(version), to: "a") }
        driver.exchange()
        #expect(driver.messages(over: twin.down) == ["put 200"])
        driver.peer.setWritable(true)
        driver.exchange()
        #expect(driver.messages(over: twin.down) == ["put 200", "change 2", "change 3", "change 4"])
        #expect(driver.peer.blocked.isEmpty)
    }

    @Test("messages that are none are rejected, and the next one is taken")
    func garbage() throws {
        let driver = AMQPPeerDriver()
        let session = try driver.begin()
        try driver.put("a", session)
        let twin = try driver.twin("a", session)
        for _ in 0..<120 {
            try driver.client.send([1, 2, 3], over: twin.up)
            driver.exchange()
        }
        try driver.send(Self.get, over: twin.up)
        #expect(driver.messages(over: twin.down) == ["get 200"])
        guard
            case .settled(_, .rejected(let error?))? = driver.events.first(where: {
                if case .settled(_, .rejected) = $0 { true } else { false }
            })
        else {
            Issue.record("nothing was rejected")
            return
        }
        #expect(error.condition == .decodeError)
    }

    @Test("the open is waited for a minute, and then the first token a minute")
    func patience() throws {
        let silent = AMQPPeerDriver()
        silent.pass(59)
        #expect(silent.actions.isEmpty)
        silent.pass(1)
        #expect(silent.actions == ["close: no open came in time"])
        let tokenless = AMQPPeerDriver()
        _ = try tokenless.begin()
        tokenless.pass(59)
        #expect(tokenless.actions.isEmpty)
        tokenless.pass(1)
        #expect(tokenless.actions.first?.hasPrefix("close: refused: amqp:unauthorized-access") == true)
    }

    @Test("there are so many links to $cbs and no more")
    func tokenLinks() throws {
        let driver = AMQPPeerDriver()
        for _ in 0..<4 {
            let session = try driver.begin()
            for number in 0..<10 { _ = try driver.attach(.receiver, "$cbs", session, pair: "\(number)") }
        }
        #expect(driver.peer.roles.count == AMQPPeer.maximumTokenLinks)
        #expect(driver.detachments == Array(repeating: .resourceLimitExceeded, count: 8))
    }
}
