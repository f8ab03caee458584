import Testing

@testable import DeviceClient

@Suite struct PendingRequestsTests {
    private let start = ContinuousClock.now

    private func begin(_ pending: inout PendingRequests<String, String>, _ reply: String, _ seconds: Int = 10) -> UInt64
    {
        pending.begin(reply: reply, deadline: start + .seconds(seconds))
    }

    @Test("answers find their requests in any order, once")
    func anyOrder() {
        var pending = PendingRequests<String, String>(limit: 10)
        let first = begin(&pending, "a")
        let second = begin(&pending, "b")
        let third = begin(&pending, "c")
        #expect([first, second, third] == [1, 2, 3])
        #expect(pending.finish(second) == "b")
        #expect(pending.finish(second) == nil)
        #expect(pending.finish(first) == "a")
        #expect(pending.finish(99) == nil)
        #expect(pending.finish(0) == nil)
        #expect(pending.finish(third) == "c")
        #expect(pending.count == 0)
        #expect(begin(&pending, "d") == 4)
    }

    @Test("ids never repeat, however many requests come and go")
    func manyRequests() {
        var pending = PendingRequests<String, String>(limit: 10)
        let blocked = begin(&pending, "blocked")
        for round in 0..<500 {
            let id = begin(&pending, "r\(round)")
            #expect(id == UInt64(round + 2))
            #expect(pending.finish(id) == "r\(round)")
        }
        #expect(pending.inFlightCount == 1)
        #expect(pending.finish(blocked) == "blocked")
        #expect(begin(&pending, "next") == 502)
    }

    @Test("a loss fails what was sent and keeps what waits")
    func loss() {
        var pending = PendingRequests<String, String>(limit: 3)
        let lost = begin(&pending, "sent")
        pending.wait("later", reply: "waiting", deadline: start)
        #expect(pending.count == 2)
        #expect(pending.failInFlight() == ["sent"])
        #expect(pending.finish(lost) == nil)
        #expect(pending.takeWaiting().map(\.request) == ["later"])
        #expect(begin(&pending, "new") == 2)
        #expect(pending.failAll() == ["new"])
    }

    @Test("the limit counts what waits and what was sent")
    func limit() {
        var pending = PendingRequests<String, String>(limit: 2)
        let id = begin(&pending, "a")
        #expect(!pending.isFull)
        pending.wait("x", reply: "b", deadline: start)
        #expect(pending.isFull)
        _ = pending.finish(id)
        #expect(!pending.isFull)
    }

    @Test("requests end at their deadlines")
    func deadlines() {
        var pending = PendingRequests<String, String>(limit: 10)
        _ = begin(&pending, "early", 1)
        let late = begin(&pending, "late", 5)
        pending.wait("x", reply: "waiting", deadline: start + .seconds(2))
        #expect(pending.nextDeadline == start + .seconds(1))
        #expect(pending.expire(now: start) == [])
        #expect(pending.expire(now: start + .seconds(2)) == ["early", "waiting"])
        #expect(pending.nextDeadline == start + .seconds(5))
        #expect(pending.finish(late) == "late")
        #expect(pending.nextDeadline == nil)
    }
}
