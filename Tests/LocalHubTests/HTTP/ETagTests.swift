import Dispatch
import IoTHub
import NIOConcurrencyHelpers
import Synchronization
import Testing

@testable import LocalHub

@Suite("The service API: ETags")
struct ETagTests {
    let bench = ServiceBench()

    /// How clients write an ETag into `If-Match`.
    static let spellings: [@Sendable (String) -> String] = [
        { "\"\($0)\"" }, { $0 }, { "W/\"\($0)\"" }, { " \"\($0)\" " },
    ]

    @Test("every form of an ETag and of the star is understood, on every write", arguments: spellings.indices)
    func forms(_ form: Int) throws {
        let write = Self.spellings[form]
        try bench.registry.createDevice(Device(id: "d"))
        for (method, path, body) in [
            ("PATCH", "/twins/d", #"{"tags":{"a":1}}"#), ("PUT", "/twins/d", #"{"tags":{"a":1}}"#),
            ("PUT", "/devices/d", #"{"deviceId":"d"}"#), ("DELETE", "/devices/d", ""),
        ] {
            let etag = try #require(try bench.send("GET", path).etag?.rawValue)
            let stale = try bench.send(method, path, body, ifMatch: write("c3RhbGU="))
            #expect(stale.status == 412)
            #expect(stale.code == .preconditionFailed)
            #expect(
                stale.message
                    == "ErrorCode:PreconditionFailed;Precondition failed: Device version did not match, "
                    + "existingVersion:\(etag) newVersion:c3RhbGU="
            )
            #expect(try bench.send("GET", path).etag?.rawValue == etag)
            #expect(try bench.send(method, path, body, ifMatch: write(etag)).status < 300)
            if method == "DELETE" { try bench.registry.createDevice(Device(id: "d")) }
            #expect(try bench.send(method, path, body, ifMatch: write("*")).status < 300)
        }
    }

    @Test("without If-Match a twin write and a removal are unconditional")
    func missing() throws {
        try bench.registry.createDevice(Device(id: "d"))
        #expect(try bench.send("PATCH", "/twins/d", "{}").status == 200)
        #expect(try bench.send("PUT", "/twins/d", "{}").status == 200)
        #expect(try bench.send("DELETE", "/devices/d").status == 204)
    }

    @Test("writes on a device that is not there are 404, with and without If-Match")
    func unknown() throws {
        for ifMatch in [nil, "\"*\"", "\"AAAAAAAAAAE=\""] {
            for (method, path, body) in [
                ("PATCH", "/twins/d", "{}"), ("PUT", "/twins/d", "{}"), ("DELETE", "/devices/d", ""),
            ] {
                #expect(try bench.send(method, path, body, ifMatch: ifMatch).code == .deviceNotFound)
            }
        }
        let update = try bench.send("PUT", "/devices/d", #"{"deviceId":"d"}"#, ifMatch: "\"*\"")
        #expect(update.status == 404)
        #expect(update.code == .deviceNotFound)
    }

    @Test("a device's report changes the twin's version but not its ETag")
    func reported() throws {
        try bench.registry.createDevice(Device(id: "d"))
        let before = try bench.send("GET", "/twins/d")
        _ = try bench.registry.patchReported("d", ["a": 1], ifVersion: nil)
        let after = try bench.send("GET", "/twins/d")
        #expect(after.etag == before.etag)
        #expect(after.json["version"] != before.json["version"])
    }

    @Test(
        "of two writers at once with the same ETag exactly one wins, 1,000 times",
        arguments: ["/twins/d", "/devices/d"]
    )
    func twoWriters(_ path: String) throws {
        try bench.registry.createDevice(Device(id: "d"))
        let token = try bench.token()
        let method = path == "/twins/d" ? "PATCH" : "PUT"
        for round in 0..<1000 {
            let etag = try #require(try bench.send("GET", path).etag?.quoted)
            let results = NIOLockedValueBox<[(writer: Int, status: Int)]>([])
            let arrived = Atomic(0)
            DispatchQueue.concurrentPerform(iterations: 2) { writer in
                let body =
                    path == "/twins/d"
                    ? #"{"tags":{"writer":\#(writer),"round":\#(round)}}"#
                    : #"{"deviceId":"d","statusReason":"\#(writer) \#(round)"}"#
                // Both start together, if there is a thread for each.
                arrived.add(1, ordering: .sequentiallyConsistent)
                for _ in 0..<10_000 where arrived.load(ordering: .sequentiallyConsistent) < 2 {}
                // A failure to send would show as a missing result.
                guard let reply = try? bench.send(method, path, body, ifMatch: etag, token: token) else { return }
                results.withLockedValue { $0.append((writer, reply.status)) }
            }
            let statuses = results.withLockedValue { $0 }
            try #require(statuses.map(\.status).sorted() == [200, 412])
            let winner = try #require(statuses.first { $0.status == 200 }?.writer)
            let now = try bench.send("GET", path).json
            if path == "/twins/d" {
                try #require(now["tags"] == ["writer": .integer(Int64(winner)), "round": .integer(Int64(round))])
            } else {
                try #require(now["statusReason"]?.stringValue == "\(winner) \(round)")
            }
        }
    }
}
