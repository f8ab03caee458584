import IoTHub
import Testing

@testable import LocalHub

@Suite("The service API: twin writes that break a limit")
struct PatchRefusalTests {
    let bench = ServiceBench()

    /// A section as JSON text, the path below the section, the status, and words of the answer.
    struct Row: Sendable, CustomTestStringConvertible {
        var section: String
        var path: String
        var status = 400
        var text: String
        var testDescription: String { String(section.prefix(60)) }
    }

    private static func text(_ count: Int) -> String { String(repeating: "x", count: count) }

    private static func nested(_ depth: Int, _ leaf: String) -> String {
        String(repeating: #"{"a":"#, count: depth) + leaf + String(repeating: "}", count: depth)
    }

    private static let longMessage = "Property or Tag value should be maximum 4096 bytes. Error in Property/Tag "
    private static let nullMessage = "Value of Property or Tag cannot be null. Error inProperty/Tag "

    static let rows: [Row] = [
        Row(section: #"{"a":[null]}"#, path: ".a[0]", text: nullMessage),
        Row(section: #"{"a":{"b":[1,[2,null]]}}"#, path: ".a.b[1][1]", text: nullMessage),
        Row(section: #"{"a":[{"b":null}]}"#, path: ".a[0].b", text: nullMessage),
        Row(section: nested(12, "1"), path: String(repeating: ".a", count: 11), text: "deeper than 10 levels"),
        Row(section: nested(11, "{}"), path: String(repeating: ".a", count: 11), text: "deeper than 10 levels"),
        Row(section: #"{"s":"\#(text(4097))"}"#, path: ".s", text: longMessage),
        Row(section: #"{"s":["\#(String(repeating: "é", count: 2049))"]}"#, path: ".s[0]", text: longMessage),
        Row(section: #"{"\#(text(1025))":1}"#, path: "", text: "should be maximum 1024 bytes"),
        Row(section: #"{"":1}"#, path: "", text: "is empty"),
        Row(
            section: #"{"o":{"a.b":1}}"#,
            path: ".o",
            text: "has '.', one of those that are not allowed: '.', '$', '#' and spaces"
        ),
        Row(section: #"{"a$":1}"#, path: "", text: "has '$'"),
        Row(section: #"{"a b":null}"#, path: "", text: "has ' '"),
        Row(section: ##"{"#a":1}"##, path: "", text: "has '#'"),
        Row(section: #"{"a\u0001":1}"#, path: "", text: "control character"),
        Row(section: #"{"a\u0085":1}"#, path: "", text: "control character"),
        Row(section: #"{"n":4503599627370496}"#, path: ".n", text: "out of range"),
        Row(section: #"{"n":[-4503599627370497]}"#, path: ".n[0]", text: "out of range"),
        Row(section: "7", path: "", text: "as an object, found number"),
        Row(section: "[1]", path: "", text: "as an object, found array"),
        Row(section: #""text""#, path: "", text: "as an object, found string"),
        Row(
            section: "{" + (0..<9).map { #""k\#($0)":"\#(text(4000))""# }.joined(separator: ",") + "}",
            path: "",
            status: 413,
            text: "bytes; at most"
        ),
    ]

    @Test(
        "each is refused with status, code and text by PATCH, PUT and bulk, and the twin stays",
        arguments: rows,
        ["tags", "properties.desired"]
    )
    func refused(_ row: Row, _ section: String) throws {
        try bench.registry.createDevice(Device(id: "d"))
        try bench.registry.patchTwin("d", with: TwinWrite(tags: ["old": 1], desired: ["old": 1]))
        let before = try bench.registry.serviceView(of: "d")
        let code: IoTHubErrorCode = row.status == 413 ? .messageTooLarge : .argumentInvalid
        // What is good in the same write must not be carried out either.
        let body =
            section == "tags"
            ? #"{"tags":\#(row.section),"properties":{"desired":{"new":1}}}"#
            : #"{"tags":{"new":1},"properties":{"desired":\#(row.section)}}"#
        for method in ["PATCH", "PUT"] {
            let reply = try bench.send(method, "/twins/d", body)
            #expect(reply.status == row.status)
            #expect(reply.code == code)
            #expect(reply.message.hasPrefix("ErrorCode:\(code.name);"))
            #expect(reply.message.contains(row.text), "\(reply.message.prefix(300))")
            #expect(reply.message.contains(section + row.path))
            #expect(try bench.registry.serviceView(of: "d") == before)
        }
        for mode in ["updateTwin", "update", "createOrUpdate"] {
            let reply = try bench.send("POST", "/devices", #"[{"id":"d","importMode":"\#(mode)",\#(body.dropFirst())]"#)
            #expect(reply.status == 400)
            let error = reply.json["errors"]?.arrayValue?.first
            #expect(error?["errorCode"]?.stringValue == code.name)
            #expect(error?["errorStatus"]?.stringValue?.contains(row.text) == true)
            #expect(try bench.registry.serviceView(of: "d") == before)
        }
    }

    @Test("what is just within the limits is taken")
    func within() throws {
        try bench.registry.createDevice(Device(id: "d"))
        for section in [
            Self.nested(11, "1"), #"{"s":"\#(Self.text(4096))"}"#, #"{"\#(Self.text(1024))":1}"#,
            #"{"n":[4503599627370495,-4503599627370496,1e300]}"#, #"{"a":{"b":null},"é":[[],{}]}"#,
        ] {
            for method in ["PATCH", "PUT"] {
                let reply = try bench.send(method, "/twins/d", #"{"properties":{"desired":\#(section)}}"#)
                #expect(reply.status == 200, "\(reply.message.prefix(300))")
            }
        }
    }

    @Test(
        "a body that is no twin is refused",
        arguments: [
            ("", "not JSON: line 1"), ("{", "not JSON: line 1"), ("{\n\"tags\":}", "not JSON: line 2"), ("[]", "array"),
            ("1", "number"), ("null", "null"), (#""tags""#, "string"), ("{\"a\":1e999}", "not JSON"),
            ("{\"tags\":{\"n\":9223372036854775808}}", "not JSON"), ("\u{0}", "not JSON"), ("{} {}", "not JSON"),
        ]
    )
    func noTwin(_ body: String, _ text: String) throws {
        try bench.registry.createDevice(Device(id: "d"))
        let before = try bench.registry.serviceView(of: "d")
        for method in ["PATCH", "PUT"] {
            let reply = try bench.send(method, "/twins/d", body)
            #expect(reply.status == 400)
            #expect(reply.code == .argumentInvalid)
            #expect(reply.message.contains(text), "\(reply.message)")
        }
        #expect(try bench.registry.serviceView(of: "d") == before)
    }
}
