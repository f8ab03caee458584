import IoTHub
import TestKit
import Testing

@testable import LocalHub

@Suite("The ids in order")
struct OrderedIDsTests {
    @Test("it holds what a sorted set holds, whatever goes in and out")
    func model() {
        var generator = SeededGenerator(seed: 7)
        var ids = OrderedIDs()
        var model: Set<String> = []
        for step in 0..<20_000 {
            let id = "d\(Int.random(in: 0..<3000, using: &generator))"
            // More goes in at first, more goes out at last.
            if Int.random(in: 0..<20_000, using: &generator) > step {
                ids.insert(id)
                model.insert(id)
            } else {
                ids.remove(id)
                model.remove(id)
            }
            #expect(ids.count == model.count)
            if step % 1000 == 0 { #expect(ids.next(after: nil, limit: .max) == model.sorted()) }
        }
        for id in model { ids.remove(id) }
        #expect(ids.next(after: nil, limit: .max).isEmpty)
    }

    @Test("pages follow one another without gap or overlap", arguments: [1, 7, 512, 5000])
    func pages(_ size: Int) {
        var ids = OrderedIDs()
        for number in 0..<2500 { ids.insert("d\(number)") }
        var seen: [String] = []
        while true {
            let page = ids.next(after: seen.last, limit: size)
            if page.isEmpty { break }
            #expect(page.count <= size)
            seen += page
        }
        #expect(seen == (0..<2500).map { "d\($0)" }.sorted())
    }

    @Test("a page goes on after an id that is gone, and before the first and after the last")
    func edges() {
        var ids = OrderedIDs()
        #expect(ids.next(after: nil, limit: 5).isEmpty)
        for id in ["b", "d", "f"] { ids.insert(id) }
        ids.remove("d")
        ids.insert("b")
        #expect(ids.next(after: "d", limit: 5) == ["f"])
        #expect(ids.next(after: "a", limit: 5) == ["b", "f"])
        #expect(ids.next(after: "f", limit: 5).isEmpty)
        #expect(ids.next(after: nil, limit: 0).isEmpty)
    }

    @Test("the registry's listing follows creations and removals, also those that fail")
    func registry() throws {
        let registry = TwinRegistry()
        for number in [3, 1, 2] { try registry.createDevice(Device(id: "d\(number)")) }
        #expect(throws: IoTHubError.self) { try registry.createDevice(Device(id: "d1")) }
        #expect(throws: IoTHubError.self) { try registry.removeDevice("d2", ifMatch: "stale") }
        #expect(throws: IoTHubError.self) { try registry.removeDevice("d9") }
        #expect(registry.devices().map(\.id) == ["d1", "d2", "d3"])
        #expect(registry.devices(limit: 2).map(\.id) == ["d1", "d2"])
        try registry.removeDevice("d2")
        #expect(registry.devices().map(\.id) == ["d1", "d3"])
        #expect(registry.deviceCount == 2)
    }
}
