import IoTHub
import TestKit
import Testing

@testable import LocalHub

@Suite("The service API: pages of a query")
struct QueryPagingTests {
    let bench = ServiceBench()

    static let redmond = "SELECT * FROM devices WHERE tags.location.plant = 'Redmond43'"
    static let cellular =
        "SELECT * FROM devices WHERE tags.location.plant = 'Redmond43' AND "
        + "properties.reported.connectivity.type = 'cellular'"

    @Test("both queries of Microsoft's article give the right devices in pages of 100, none twice, none missing")
    func article() throws {
        try bench.addFleet(1000)
        let first = try bench.pages(Self.redmond, size: 100)
        #expect(first.map(\.count) == [100, 100, 100, 100, 100])
        #expect(first.flatMap(\.ids) == (0..<1000).filter { $0 % 2 == 0 }.map(ServiceBench.id))
        let second = try bench.pages(Self.cellular, size: 100)
        #expect(second.map(\.count) == [100, 67])
        #expect(second.flatMap(\.ids) == (0..<1000).filter { $0 % 6 == 0 }.map(ServiceBench.id))
        let all = try bench.pages("SELECT * FROM devices", size: 100)
        #expect(all.map(\.count) == Array(repeating: 100, count: 10))
        #expect(all.flatMap(\.ids) == (0..<1000).map(ServiceBench.id))
    }

    @Test("any page size gives the same rows; a size over 100 gives 100", arguments: [1, 7, 99, 100, 101, 1_000_000])
    func sizes(_ size: Int) throws {
        try bench.addFleet(250)
        let pages = try bench.pages(Self.redmond, size: size)
        #expect(pages.dropLast().allSatisfy { $0.count == min(size, 100) })
        #expect(pages.flatMap(\.ids) == (0..<250).filter { $0 % 2 == 0 }.map(ServiceBench.id))
        #expect(pages.last?.isEmpty == false, "no page is announced that has nothing")
    }

    @Test("a size may change from page to page, and 100 is what a page has without one")
    func changingSize() throws {
        try bench.addFleet(150)
        let first = try bench.query("SELECT * FROM devices")
        #expect(first.json.arrayValue?.count == 100)
        let second = try bench.query("SELECT * FROM devices", size: 20, continuation: first.continuation)
        let third = try bench.query("SELECT * FROM devices", continuation: second.continuation)
        let ids = [first, second, third].flatMap { ($0.json.arrayValue ?? []).ids }
        #expect(ids == (0..<150).map(ServiceBench.id))
        #expect(third.continuation == nil)
    }

    @Test("a bad size is refused", arguments: ["0", "-1", "x", "", "1.5", "99999999999999999999"])
    func badSize(_ text: String) throws {
        let reply = try bench.send(
            "POST",
            "/devices/query",
            #"{"query":"SELECT * FROM devices"}"#,
            paging: Paging(maxItemCount: text)
        )
        #expect(reply.status == 400)
        #expect(reply.code == .argumentInvalid)
        #expect(reply.message.contains("x-ms-max-item-count"))
    }

    @Test("creations and removals between pages neither repeat nor lose a device that was there all the time")
    func changesBetween() throws {
        try bench.addFleet(400)
        var generator = SeededGenerator(seed: 3)
        var removed: Set<String> = []
        let pages = try bench.pages("SELECT * FROM devices", size: 37) { reply in
            let last = try #require((reply.json.arrayValue ?? []).ids.last)
            // The very device that the token stands on, too.
            var victims = [last]
            for _ in 0..<9 { victims.append(ServiceBench.id(Int.random(in: 0..<400, using: &generator))) }
            for id in victims where removed.insert(id).inserted { try bench.registry.removeDevice(id) }
            try bench.registry.createDevice(Device(id: "\(last)-new"))
        }
        let seen = pages.flatMap(\.ids)
        #expect(Set(seen).count == seen.count)
        #expect(seen == seen.sorted())
        let stayed = (0..<400).map(ServiceBench.id).filter { !removed.contains($0) }
        #expect(stayed.count > 200)
        #expect(Set(stayed).subtracting(seen).isEmpty)
    }

    @Test("TOP holds over pages", arguments: [(1, 10), (10, 10), (25, 10), (150, 100), (300, 100), (250, 100)])
    func top(_ top: Int, _ size: Int) throws {
        try bench.addFleet(250)
        let pages = try bench.pages("SELECT TOP \(top) deviceId FROM devices", size: size)
        #expect(pages.flatMap(\.ids) == (0..<min(top, 250)).map(ServiceBench.id))
        #expect(pages.count == (min(top, 250) + size - 1) / size)
    }

    @Test("groups come in pages too, and TOP holds over them")
    func groups() throws {
        try bench.addFleet(60)
        let query = "SELECT COUNT() AS n FROM devices GROUP BY tags.n"
        #expect(try bench.pages(query, size: 25).map(\.count) == [25, 25, 10])
        #expect(try bench.pages(query, size: 60).map(\.count) == [60])
        let top = "SELECT TOP 30 COUNT() AS n FROM devices GROUP BY tags.n"
        #expect(try bench.pages(top, size: 25).map(\.count) == [25, 5])
        #expect(try bench.pages("SELECT COUNT() AS n FROM devices", size: 1) == [[["n": 60]]])
    }

    @Test("a hub without devices gives one empty page")
    func empty() throws {
        let reply = try bench.query("SELECT * FROM devices")
        #expect(reply.json == [])
        #expect(reply.itemType == "Twin")
        #expect(reply.continuation == nil)
    }

    @Test("a hub that stops refuses instead of going on")
    func stopping() throws {
        try bench.addFleet(1)
        bench.background.stop()
        #expect(try bench.query("SELECT * FROM devices").code == .serviceUnavailable)
    }
}
