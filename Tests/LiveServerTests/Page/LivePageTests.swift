import IoTHub
import LocalHub
import NIOHTTP1
import TestKit
import Testing

@testable import LiveServer

@Suite("The page and its hub", .timeLimit(.minutes(1)))
struct LivePageTests {
    @Test("all files that the page names are there, with their types and the policy")
    func files() async throws {
        try await PageBench.with { bench in
            let page = try await bench.client.send("/?token=\(bench.token)")
            #expect(page.headers.first(name: "content-type") == "text/html; charset=utf-8")
            let policy = page.headers.first(name: "content-security-policy") ?? ""
            #expect(policy.hasPrefix("default-src 'none'; script-src 'self'; style-src 'self';"))
            let cookie = try #require(page.headers.first(name: "set-cookie")?.split(separator: ";").first)
            var wanted = ["/page.css", "/page.js"]
            var seen: Set<String> = []
            while let path = wanted.popLast() {
                guard seen.insert(path).inserted else { continue }
                let reply = try await bench.client.send(path, headers: ["Cookie": String(cookie)])
                #expect(reply.status == 200, "\(path)")
                #expect(reply.headers.first(name: "set-cookie") == nil)
                let type = path.hasSuffix(".css") ? "text/css; charset=utf-8" : "text/javascript; charset=utf-8"
                #expect(reply.headers.first(name: "content-type") == type)
                wanted += reply.body.matches(of: /from "(\/[a-z]+\.js)"/).map { String($0.1) }
            }
            #expect(seen.count == 11, "one for each file but the page itself")
            let missing = try await bench.client.send("/no.js", headers: ["Cookie": String(cookie)])
            #expect(missing.status == 404)
        }
    }

    @Test("devices come a hundred at a time, in the order of the query")
    func paging() async throws {
        try await PageBench.with { bench in
            for number in 1000..<1150 { _ = try bench.hub.addDevice("d\(number)") }
            let first = try await bench.ask("/api/devices")
            #expect(first.json["rows"]?.arrayValue?.count == 100)
            #expect(first.json["query"] == "SELECT * FROM devices")
            #expect(first.json["refresh"] == 2)
            let next = try #require(first.json["next"]?.stringValue)
            let second = try await bench.ask("/api/devices?page=\(PercentEncoding.encode(next))")
            let rows = try #require(second.json["rows"]?.arrayValue)
            #expect(rows.count == 50)
            #expect(rows.first?["id"] == "d1100")
            #expect(second.json["next"] == .null)
            let one = try await bench.ask("/api/devices?query=\(PercentEncoding.encode("deviceId = 'd1007'"))")
            #expect(one.json["rows"]?.arrayValue?.compactMap { $0["id"]?.stringValue } == ["d1007"])
        }
    }

    @Test("a wrong query is told in the hub's words")
    func wrongQuery() async throws {
        try await PageBench.with { bench in
            let reply = try await bench.ask("/api/devices?query=\(PercentEncoding.encode("tags.a == 1"))")
            #expect(reply.status == 400)
            let words = reply.json["error"]?.stringValue ?? ""
            #expect(words.hasPrefix("SELECT * FROM devices WHERE tags.a == 1: "))
            #expect(words.contains("line 1, column"))
        }
    }

    @Test("a patch is written, its ETag is compared when there is one, and the twin comes back")
    func patching() async throws {
        try await PageBench.with { bench in
            _ = try bench.hub.addDevice("d")
            let before = try await bench.ask("/api/twin?device=d")
            let etag = try #require(before.json["twin"]?["etag"]?.stringValue)
            let first = try await bench.patch("d", #"{"speed": 1}"#, etag: etag)
            #expect(first.status == 200)
            #expect(first.json["twin"]?["properties"]?["desired"]?["$version"] == 2)
            let stale = try await bench.patch("d", #"{"speed": 2}"#, etag: etag)
            #expect(stale.status == 412)
            #expect(stale.json["error"]?.stringValue?.contains("has changed since you looked") == true)
            let forced = try await bench.patch("d", #"{"speed": 3}"#)
            #expect(forced.json["twin"]?["properties"]?["desired"]?["speed"] == 3)
            #expect(try bench.hub.hub.registry.twin(of: "d").twin.desired.values == ["speed": 3])
        }
    }

    @Test("a device that does not exist is named")
    func unknownDevice() async throws {
        try await PageBench.with { bench in
            let reply = try await bench.ask("/api/twin?device=nobody")
            #expect(reply.status == 404)
            #expect(reply.json["error"] == "The hub has no device 'nobody'.")
            let none = try await bench.ask("/api/twin")
            #expect(none.status == 400)
            for path in ["twin", "events"] {
                let bad = try await bench.ask("/api/\(path)?device=d%0D%0AX:%201")
                #expect(bad.status == 400)
                #expect(bad.json["error"]?.stringValue?.contains("is no device id: it has a control character") == true)
            }
        }
    }

    @Test("who watches a twin is told each change, and overviews, in one stream that ends with the page")
    func watching() async throws {
        try await PageBench.with { bench in
            _ = try bench.hub.addDevice("d")
            let headers: HTTPHeaders = ["X-Twinfleet-Token": bench.token]
            var events = Events(try await bench.client.begin("/api/events?device=d", headers: headers))
            let first = try await events.next()
            #expect(first?["history"] == [])
            #expect(first?["overview"] == .null)
            let twin = try await events.next()
            #expect(twin?["device"] == "d")
            #expect(twin?["twin"]?["properties"]?["desired"]?["$version"] == 1)
            _ = try await bench.patch("d", #"{"speed": 1}"#)
            let changed = try await events.next()
            #expect(changed?["twin"]?["properties"]?["desired"]?["speed"] == 1)
            bench.page.feed.publish(
                LiveOverview(source: .hub, title: "last", hubHostName: "", startedEpochMicroseconds: 0)
            )
            await bench.page.stop()
            let last = try await events.next { $0["overview"]?["title"] == "last" }
            #expect(last != nil, "what was told last still arrives")
            let end = try await events.next()
            #expect(end == nil)
        }
    }

    @Test("a stream that is asked for after the end has what was told last, and ends")
    func late() async throws {
        try await PageBench.with { bench in
            _ = try bench.hub.addDevice("d")
            bench.page.feed.publish(
                LiveOverview(source: .hub, title: "last", hubHostName: "", startedEpochMicroseconds: 0)
            )
            bench.page.feed.end()
            let headers: HTTPHeaders = ["X-Twinfleet-Token": bench.token]
            var events = Events(try await bench.client.begin("/api/events?device=d", headers: headers))
            let first = try await events.next()
            #expect(first?["overview"]?["title"] == "last")
            let end = try await events.next()
            #expect(end == nil)
        }
    }

    @Test("before there is a hub the page says so, and has its overview")
    func noHub() async throws {
        try await PageBench.with(hasHub: false) { bench in
            let devices = try await bench.ask("/api/devices")
            #expect(devices.status == 503)
            let overview = try await bench.ask("/api/overview")
            #expect(overview.status == 200)
        }
    }
}
