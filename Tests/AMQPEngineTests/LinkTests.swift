import Testing

@testable import AMQPEngine

@Suite("sessions and links")
struct LinkTests {
    @Test("both ends see what the other attached, with its properties, addresses and settle modes")
    func attach() throws {
        let pair = TestPair.opened()
        pair.serverLinks.properties = [.symbol("com.microsoft:tracking-id"): .string("t1")]
        pair.serverLinks.senderSettleMode = .settled
        let session = try pair.session()
        var options = AMQPLinkOptions()
        options.senderSettleMode = .settled
        options.properties = [
            .symbol("com.microsoft:api-version"): .string("2020-09-30"),
            .symbol("com.microsoft:timeout"): .uint(60_000),
        ]
        let link = try pair.attach(.receiver, "TwinReceiverLink", in: session, options)
        let seen = try #require(pair.serverEvents.attached.first)
        #expect(seen.role == .sender)
        #expect(seen.name == "TwinReceiverLink")
        #expect(seen.remote?.source == AMQPTerminus("/devices/press/twin"))
        #expect(seen.remote?.target == AMQPTerminus("press"))
        #expect(seen.remote?.senderSettleMode == .settled)
        #expect(seen.remote?.receiverSettleMode == .first)
        #expect(seen.remote?.maxMessageSize == 1_048_576)
        #expect(seen.remote?.properties == options.properties)
        #expect(pair.clientEvents.attached.first === link)
        #expect(link.remote?.source == AMQPTerminus("/devices/press/twin"))
        #expect(link.remote?.target == AMQPTerminus("press"))
        #expect(link.remote?.properties[symbol: "com.microsoft:tracking-id"] == .string("t1"))
    }

    @Test("the same link names live in several sessions, and end with their session only")
    func sessions() throws {
        let pair = TestPair.opened()
        let sessions = try (0..<5).map { _ in try pair.session() }
        let links = try sessions.map { try pair.attach(.sender, "TwinSenderLink", in: $0) }
        #expect(pair.serverEvents.begun.count == 5)
        #expect(Set(pair.serverEvents.attached.map { ObjectIdentifier($0.session) }).count == 5)
        pair.client.end(sessions[2], AMQPError(.connectionForced, "done"))
        pair.exchange()
        #expect(pair.serverEvents.ended.map(\.error) == [AMQPError(.connectionForced, "done")])
        #expect(pair.clientEvents.ended.first?.session === sessions[2])
        #expect(throws: AMQPError.self) { try pair.client.send([1], over: links[2]) }
        try pair.client.send(AMQPMessage().encoded, over: links[4])
        pair.exchange()
        #expect(pair.serverEvents.deliveries.map { $0.link.session === pair.serverEvents.begun[4] } == [true])
        // The channel is free again.
        let again = try pair.session()
        #expect(pair.clientEvents.begun.last === again)
    }

    @Test("a detach carries its error, and the link can be attached again at once")
    func detach() throws {
        let pair = TestPair.opened()
        let session = try pair.session()
        let first = try pair.attach(.sender, "twin", in: session)
        let error = AMQPError(
            .unauthorizedAccess,
            "Token Invalid.",
            info: [.symbol("com.microsoft:is-filtered"): .bool(true)]
        )
        pair.server.detach(try #require(pair.serverEvents.attached.first), error)
        pair.exchange()
        #expect(pair.clientEvents.detached.map(\.error) == [error])
        #expect(pair.clientEvents.detached.first?.link === first)
        #expect(pair.serverEvents.detached.map(\.error) == [nil])
        #expect(!first.isOpen)
        #expect(first.credit == 0)
        #expect(throws: AMQPError.self) { try pair.client.send([1], over: first) }
        pair.client.detach(first)
        let second = try pair.attach(.sender, "twin", in: session)
        #expect(second !== first)
        try pair.client.send(AMQPMessage().encoded, over: second)
        pair.exchange()
        #expect(pair.serverEvents.deliveries.count == 1)
    }

    @Test("a refused link is answered without a terminus and detached with the error")
    func refuse() throws {
        let pair = TestPair.opened()
        let error = AMQPError(
            .notFound,
            #"{"errorCode":404006}"#,
            info: [.symbol("com.microsoft:is-filtered"): .bool(true)]
        )
        pair.serve = { server, event in
            guard case .linkAttached(let link) = event, link.name == "wrong" else { return false }
            server.refuse(link, error)
            return true
        }
        let session = try pair.session()
        for role in [AMQPLink.Role.sender, .receiver] {
            let link = try pair.attach(role, "wrong", in: session, address: "/nowhere")
            #expect(role == .sender ? link.remote?.target == nil : link.remote?.source == nil)
            #expect(pair.clientEvents.detached.last?.error == error)
            #expect(!link.isOpen)
        }
        #expect(pair.serverEvents.detached.count == 2)
        let good = try pair.attach(.sender, "good", in: session)
        #expect(good.credit == 10)
    }

    @Test("detaches of both ends that cross end the link once on each")
    func crossing() throws {
        let pair = TestPair.opened()
        let link = try pair.attach(.sender, "twin", in: try pair.session())
        pair.client.detach(link)
        pair.server.detach(try #require(pair.serverEvents.attached.first), AMQPError(.stolen))
        pair.exchange()
        #expect(pair.clientEvents.detached.map(\.error) == [AMQPError(.stolen)])
        #expect(pair.serverEvents.detached.count == 1)
    }

    @Test("a dynamic address is made up by the peer")
    func dynamic() throws {
        let pair = TestPair.opened()
        pair.serve = { server, event in
            guard case .linkAttached(let link) = event, link.remote?.source?.isDynamic == true else { return false }
            server.accept(link, address: "reply-7")
            return true
        }
        let link = try pair.client.attach(
            .receiver,
            "replies",
            in: try pair.session(),
            source: AMQPTerminus(nil, isDynamic: true),
            target: AMQPTerminus(nil)
        )
        pair.exchange()
        #expect(link.remote?.source?.address == "reply-7")
    }

    @Test("the limits of sessions and links hold on both ends")
    func limits() throws {
        let pair = TestPair.opened { mine, theirs in
            theirs.channelMax = 1
            mine.linkLimit = 2
        }
        let session = try pair.session()
        _ = try pair.session()
        #expect(throws: AMQPError.self) { try pair.client.beginSession() }
        _ = try pair.attach(.sender, "a", in: session)
        _ = try pair.attach(.sender, "b", in: session)
        #expect(throws: AMQPError.self) { try pair.attach(.sender, "c", in: session) }

        let raw = RawClient.attached { $0.linkLimit = 3 }
        raw.send(Raw.attach("third", 2, isReceiver: false))
        #expect(raw.events.failures.isEmpty)
        raw.send(Raw.attach("fourth", 3, isReceiver: false))
        #expect(raw.events.failures.map(\.condition) == [.resourceLimitExceeded])
    }

    @Test("handles of a connection that is gone do nothing, or throw")
    func gone() throws {
        var pair: TestPair? = TestPair.opened()
        let session = try #require(try pair?.session())
        let link = try #require(try pair?.attach(.receiver, "in", in: session))
        let other = TestPair.opened()
        pair = nil
        #expect(link.credit == 0)
        #expect(!link.isDraining)
        #expect(!session.isOpen)
        other.client.detach(link)
        other.client.end(session)
        other.client.grant(10, to: link)
        other.client.drained(link)
        other.client.accept(link)
        other.client.refuse(link, AMQPError(.notFound))
        #expect(throws: AMQPError.self) { try other.client.send([], over: link) }
        other.exchange()
        #expect(other.serverEvents.isEmpty)
    }

    @Test("names that Proton cannot hold are refused")
    func zeros() throws {
        let pair = TestPair.opened()
        let session = try pair.session()
        for (name, address) in [("", "a"), ("a\0b", "a"), ("a", "b\0")] {
            #expect(throws: AMQPError.self) { try pair.attach(.sender, name, in: session, address: address) }
        }
    }
}
