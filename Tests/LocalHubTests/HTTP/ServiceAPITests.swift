import IoTHub
import Testing

@testable import LocalHub

@Suite("The service API: devices and twins")
struct ServiceAPITests {
    let bench = ServiceBench()

    @Test("PUT creates without If-Match and updates with it")
    func put() throws {
        let created = try bench.send("PUT", "/devices/d", #"{"deviceId":"d","status":"enabled"}"#)
        #expect(created.status == 200)
        #expect(created.json["authentication"]?["symmetricKey"]?["primaryKey"]?.stringValue?.isEmpty == false)
        #expect(created.etag?.rawValue == created.json["etag"]?.stringValue)
        let again = try bench.send("PUT", "/devices/d", #"{"deviceId":"d"}"#)
        #expect(again.status == 409)
        #expect(again.code == .deviceAlreadyExists)
        let body = #"{"deviceId":"d","status":"disabled"}"#
        let updated = try bench.send("PUT", "/devices/d", body, ifMatch: created.etag?.quoted)
        #expect(updated.status == 200)
        #expect(updated.json["status"] == "disabled")
        #expect(try bench.send("PUT", "/devices/d", body, ifMatch: created.etag?.quoted).status == 412)
        #expect(try bench.send("PUT", "/devices/d", body, ifMatch: "\"*\"").status == 200)
        #expect(try bench.send("PUT", "/devices/e", #"{"deviceId":"e"}"#, ifMatch: "*").status == 404)
    }

    @Test("an identity is read, listed and deleted")
    func readAndDelete() throws {
        for id in ["a", "b", "c"] { try bench.registry.createDevice(Device(id: id)) }
        #expect(try bench.send("GET", "/devices/a").json["deviceId"] == "a")
        let list = try bench.send("GET", "/devices?top=2&api-version=2021-04-12")
        #expect(list.json.arrayValue?.compactMap { $0["deviceId"]?.stringValue } == ["a", "b"])
        #expect(try bench.send("GET", "/devices").json.arrayValue?.count == 3)
        let gone = try bench.send("DELETE", "/devices/a", ifMatch: "\"*\"")
        #expect(gone.status == 204)
        #expect(gone.json == .null)
        #expect(try bench.send("DELETE", "/devices/b", ifMatch: "\"stale\"").code == .preconditionFailed)
        #expect(try bench.send("GET", "/devices/a").code == .deviceNotFound)
    }

    @Test("a bad top is refused", arguments: ["0", "-1", "1001", "x", "99999999999999999999"])
    func top(_ text: String) throws {
        #expect(try bench.send("GET", "/devices?top=\(text)&api-version=2021-04-12").code == .argumentInvalid)
    }

    @Test("ids are percent-encoded in paths")
    func encodedID() throws {
        let id = "a%b#c?d:e'f"
        try bench.registry.createDevice(Device(id: id))
        #expect(try bench.send("GET", "/twins/\(PercentEncoding.encode(id))").json["deviceId"] == .string(id))
    }

    @Test("twins are read, patched and replaced, each answer the whole twin")
    func twins() throws {
        try bench.registry.createDevice(Device(id: "d"))
        let patch = #"{"tags":{"a":1},"properties":{"desired":{"x":1,"y":2},"reported":{"no":1}},"status":"disabled"}"#
        let patched = try bench.send("PATCH", "/twins/d", patch, ifMatch: "\"*\"")
        #expect(patched.status == 200)
        #expect(patched.json["tags"] == ["a": 1])
        #expect(patched.json["properties"]?["desired"]?["$version"] == 2)
        #expect(patched.json["properties"]?["reported"]?["no"] == nil)
        #expect(patched.json["status"] == "enabled")
        #expect(patched.etag?.rawValue == "AAAAAAAAAAI=")
        let replaced = try bench.send("PUT", "/twins/d", #"{"properties":{"desired":{"z":3}}}"#)
        #expect(replaced.json["properties"]?["desired"]?["z"] == 3)
        #expect(replaced.json["properties"]?["desired"]?["x"] == nil)
        #expect(replaced.json["tags"] == [:])
        #expect(try bench.send("GET", "/twins/d").json == replaced.json)
    }

    @Test("of two writers with one ETag the second is refused, with what it was")
    func twoWriters() throws {
        try bench.registry.createDevice(Device(id: "d"))
        let etag = try bench.send("GET", "/twins/d").etag?.quoted
        #expect(try bench.send("PATCH", "/twins/d", #"{"tags":{"a":1}}"#, ifMatch: etag).status == 200)
        let second = try bench.send("PATCH", "/twins/d", #"{"tags":{"a":2}}"#, ifMatch: etag)
        #expect(second.status == 412)
        #expect(second.message.hasPrefix("ErrorCode:PreconditionFailed;Precondition failed"))
        #expect(try bench.send("GET", "/twins/d").json["tags"] == ["a": 1])
    }

    @Test(
        "a broken limit is refused with its path",
        arguments: [
            (#"{"properties":{"desired":{"a":{"b":[1,null]}}}}"#, 400, "properties.desired.a.b[1]"),
            (#"{"tags":{"a.b":1}}"#, 400, "tags"),
            (#"{"tags":{"n":4503599627370496}}"#, 400, "tags.n"),
            (#"{"tags":7}"#, 400, "tags"),
            (#"{"properties":{"desired":[1]}}"#, 400, "properties.desired"),
            (
                "{\"tags\":" + String(repeating: "{\"a\":", count: 12) + "1" + String(repeating: "}", count: 13), 400,
                "tags" + String(repeating: ".a", count: 11)
            ),
            (#"{"tags":{"s":"\#(String(repeating: "x", count: 4097))"}}"#, 400, "tags.s"),
            (
                "{\"tags\":{"
                    + (0..<3).map { "\"k\($0)\":\"\(String(repeating: "x", count: 4000))\"" }
                    .joined(separator: ",") + "}}", 413, "tags"
            ),
        ]
    )
    func limits(_ body: String, _ status: Int, _ path: String) throws {
        try bench.registry.createDevice(Device(id: "d"))
        for method in ["PATCH", "PUT"] {
            let reply = try bench.send(method, "/twins/d", body)
            #expect(reply.status == status)
            #expect(reply.message.contains(path), "\(reply.message)")
        }
        #expect(try bench.send("GET", "/twins/d").json["version"] == 2)
    }

    @Test(
        "a body that is not JSON, or not an object, is refused",
        arguments: ["", "{", "[]", "1", "\u{0}", "{\"a\":1e999}"]
    )
    func malformed(_ body: String) throws {
        try bench.registry.createDevice(Device(id: "d"))
        #expect(try bench.send("PATCH", "/twins/d", body).code == .argumentInvalid)
        #expect(try bench.send("PUT", "/devices/d", body).code == .argumentInvalid)
    }

    @Test(
        "a bad identity is refused with the member",
        arguments: [
            (#"{"status":"enabled"}"#, "deviceId"), (#"{"deviceId":"e"}"#, "path"),
            (#"{"deviceId":"d","status":"odd"}"#, "status"),
            (#"{"deviceId":"d","authentication":{"symmetricKey":{"primaryKey":"short"}}}"#, "primaryKey"),
        ]
    )
    func badIdentity(_ body: String, _ member: String) throws {
        let reply = try bench.send("PUT", "/devices/d", body)
        #expect(reply.code == .argumentInvalid)
        #expect(reply.message.contains(member), "\(reply.message)")
    }

    @Test("errors have the registry's shape")
    func errorShape() throws {
        let reply = try bench.send("GET", "/twins/nobody")
        #expect(reply.status == 404)
        #expect(reply.message == "ErrorCode:DeviceNotFound;nobody")
        let exception = try #require(reply.json["ExceptionMessage"]?.stringValue)
        #expect(exception.wholeMatch(of: /Tracking ID:[0-9a-f]{32}-G:0-TimeStamp:11\/14\/2023 22:13:20/) != nil)
    }

    @Test(
        "the API's version must be a date",
        arguments: [("", false), ("?api-version=", false), ("?api-version=two", false), ("?API=2021-04-12", false)]
            + ["2021-04-12", "2018-06-30", "2020-05-31-preview"].map { ("?api-version=\($0)", true) }
    )
    func apiVersion(_ query: String, _ isAccepted: Bool) throws {
        try bench.registry.createDevice(Device(id: "d"))
        let reply = try bench.send("GET", "/twins/d" + (query.isEmpty ? "?" : query))
        #expect(reply.code == (isAccepted ? nil : .invalidProtocolVersion))
    }

    @Test(
        "unknown paths are 404, other methods 405",
        arguments: [
            ("GET", "/", 404), ("GET", "/nowhere", 404), ("GET", "/twins", 404), ("GET", "/devices/a/modules", 404),
            ("GET", "//", 404), ("POST", "/twins/a", 405), ("PATCH", "/devices/a", 405), ("DELETE", "/devices", 405),
            ("DELETE", "/twins/a", 405), ("POST", "/devices/", 400),
        ]
    )
    func unknown(_ method: String, _ path: String, _ status: Int) throws {
        #expect(try bench.send(method, path).status == status)
    }
}
